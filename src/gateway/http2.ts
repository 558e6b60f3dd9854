import { constants, type ServerHttp2Stream, type ServerSessionOptions } from 'node:http2'
import { D } from '../decision/denials.ts'
import type { RawRequest } from '../decision/scan.ts'
import type { Awaited } from './awaited.ts'
import type { Connection, Downstream } from './downstream.ts'
import { interactionIdOf } from './exchange.ts'
import { RequestFault } from './http1/request-head.ts'
import type { ListenerSettings } from './listener.ts'

/** A request that came over HTTP/2. */
export class Http2Downstream implements Downstream {
  readonly raw: RawRequest
  readonly connection: Connection
  readonly interactionId: string
  /** What is malformed nghttp2 resets. */
  readonly fault = null
  readonly #stream: ServerHttp2Stream
  readonly #awaited: Awaited
  /** Among what is awaited; -1: nowhere. */
  place = -1
  /** Octets of the answer that were written; that had been taken when it was last looked at; and since when it was no more. */
  #written = 0
  #taken = -1
  #takenSince = 0
  #trailers: readonly string[] = []

  constructor(stream: ServerHttp2Stream, raw: RawRequest, connection: Connection, awaited: Awaited) {
    this.#stream = stream
    this.raw = raw
    this.connection = connection
    this.interactionId = interactionIdOf(raw.fields)
    this.#awaited = awaited
    stream.on('close', () => void awaited.delete(this))
    if (raw.mayHaveBody)
      stream.on('trailers', (_headers, _flags, flat) => {
        this.#trailers = flat
      })
    // Else Node keeps the stream for a moment after its answer is out, and refuses the next one of a client at its limit.
    else stream.resume()
  }

  get body(): ServerHttp2Stream {
    return this.#stream
  }

  get trailers(): readonly string[] {
    return this.#trailers
  }

  get hasBegun(): boolean {
    return this.#stream.headersSent
  }

  get isGone(): boolean {
    return this.#stream.closed || this.#stream.destroyed
  }

  proceed(): void {
    const { fields } = this.raw
    for (let at = 0; at < fields.length; at += 2) {
      if (fields[at] === 'expect' && !this.isGone) {
        this.#stream.additionalHeaders({ ':status': 100 })
        return
      }
    }
  }

  begin(status: number, fields: readonly string[]): void {
    if (this.isGone) return
    this.#stream.respond([':status', String(status), ...fields] as never)
  }

  write(chunk: Buffer): boolean {
    this.#written += chunk.length
    const flows = this.#stream.write(chunk)
    if (!flows) this.#awaited.add(this)
    return flows
  }

  end(whole?: Buffer): void {
    this.#written += whole?.length ?? 0
    this.#finish(whole)
  }

  answer(status: number, fields: readonly string[], body: string): void {
    if (this.isGone) return
    const octets = Buffer.from(body)
    this.begin(status, status === 204 ? fields : [...fields, 'content-length', String(octets.length)])
    if (this.raw.method === 'HEAD') this.#finish()
    else this.end(octets)
  }

  #finish(last?: Buffer): void {
    endAnswer(this.#stream, this.raw.mayHaveBody, last)
    this.#awaited.add(this)
  }

  /** Not `close`, which ends the answer before it resets the stream: that is what a whole answer looks like. */
  abort(): void {
    this.#stream.destroy(new Error('broken off'))
  }

  onDrain(callback: () => void): void {
    this.#stream.on('drain', callback)
  }

  onSent(callback: () => void): void {
    this.#stream.on('finish', callback)
    this.#stream.on('close', callback)
  }

  /** A reset without an error closes the stream at once, but destroys it only when its body was read; so that is done here. */
  onGone(callback: () => void): void {
    this.#stream.on('aborted', () => {
      callback()
      this.#stream.resume()
    })
    this.#stream.on('close', () => {
      if (!this.#stream.writableFinished || this.#stream.rstCode === constants.NGHTTP2_CANCEL) callback()
    })
  }

  /**
   * Called now and then, in milliseconds of a steady clock, while there is something to take. Who takes nothing for too long is let go,
   * however lively the connection is otherwise (pings, other streams).
   */
  look(now: number): void {
    const { writableLength, writableEnded, writableFinished, destroyed } = this.#stream
    const taken = this.#written - writableLength
    const isBehind = !destroyed && (writableLength > 0 || (writableEnded && !writableFinished))
    if (!isBehind) this.#awaited.delete(this)
    // Of a next part more was taken before it began, however long the upstream said nothing.
    else if (taken !== this.#taken) {
      this.#taken = taken
      this.#takenSince = now
    } else if (now - this.#takenSince > this.connection.idleTimeout) {
      this.#awaited.slowRead()
      this.abort()
    }
  }
}

/**
 * Takes off a stream what hangs on it, once it has closed. V8 holds closed streams until its next full collection: a table that
 * Node's map of streams has outgrown still names those that were in it, and the table that came after it. With
 * everything that a request consists of they made each small collection five times as long.
 */
export function unburden(stream: ServerHttp2Stream): void {
  stream.on('close', () => void stream.removeAllListeners().on('error', ignore))
}

/** What goes wrong with a stream is told by its close. */
export function ignore(): void {}

/**
 * Ends an answer, and what may be left of its request with it. Node ends one to HEAD before anybody can listen for its end, and one whose
 * status has no body with its head. Who waits for the end is told of it here: such a stream, and its connection with it, could
 * be kept for ever.
 */
export function endAnswer(stream: ServerHttp2Stream, mayHaveBody: boolean, last?: Buffer | string): void {
  if (mayHaveBody) leaveTheRest(stream)
  if (stream.writableFinished) stream.emit('finish')
  else if (!stream.writableEnded) stream.end(last)
}

/**
 * RFC 9113 §8.1: the answer is complete without the rest of the request; the client may stop sending it, and the stream
 * does not stay open for it. Not in the same turn: the reset would overtake an answer that is fields alone.
 */
function leaveTheRest(stream: ServerHttp2Stream): void {
  if (!stream.readableEnded) stream.resume()
  stream.on('finish', () =>
    setImmediate(() => {
      if (!stream.readableEnded) stream.close(constants.NGHTTP2_NO_ERROR)
    }),
  )
}

/**
 * How HTTP/2 is spoken. Heads are announced to be taken that are twice as large as those that are (RFC 9113 §6.5.2), so that what is too large is
 * refused here: past the one Node resets the stream and tells nobody, and it looks only once the client has acknowledged our settings.
 */
export function sessionOptions({ maxStreams, headerSize, rules }: ListenerSettings): ServerSessionOptions {
  return {
    settings: { enablePush: false, maxConcurrentStreams: maxStreams, maxHeaderListSize: 2 * headerSize },
    maxHeaderListPairs: Math.max(2 * rules.fieldCount, 16),
    maxSessionMemory: SESSION_MEMORY,
    // By it Node has some fields once that are lists, and what may come once is judged for both protocols alike.
    strictSingleValueFields: false,
  }
}

/**
 * The pseudo-header fields and the rest, out of the flat list; or why it is no request: it is larger than so many octets, or RFC 9113
 * §8.3.1 is not kept.
 */
export function readStreamHead(
  flat: readonly string[],
  endsHere: boolean,
  peer: RawRequest['peer'],
  limit: number,
): RawRequest | RequestFault {
  const pseudo = new Map<string, string>()
  let at = 0
  for (; at < flat.length && (flat[at] as string).startsWith(':'); at += 2) {
    if (pseudo.has(flat[at] as string)) return MALFORMED
    pseudo.set(flat[at] as string, flat[at + 1] as string)
  }
  const method = pseudo.get(':method')
  const target = pseudo.get(':path')
  const fields = flat.slice(at)
  if (listSize(flat) > limit) {
    const denial = (target?.length ?? 0) > limit ? D.TARGET_TOO_LONG : D.FIELDS_TOO_LARGE
    return new RequestFault(`more than ${limit} octets`, denial, fields)
  }
  const wellFormed =
    method !== undefined &&
    target !== undefined &&
    pseudo.get(':scheme') === 'https' &&
    !pseudo.has(':protocol')
  if (!wellFormed || !(target.startsWith('/') || target === '*')) return MALFORMED
  return {
    version: '2',
    method,
    target,
    authority: pseudo.get(':authority') ?? null,
    fields,
    mayHaveBody: !endsHere,
    peer,
  }
}

/** As the peer counts it (RFC 9113 §6.5.2). */
function listSize(flat: readonly string[]): number {
  return flat.reduce((size, each) => size + each.length, OCTETS_A_FIELD * (flat.length / 2))
}

const OCTETS_A_FIELD = 32
/** MiB. */
const SESSION_MEMORY = 10
const MALFORMED = new RequestFault('pseudo-header fields', D.TARGET_MALFORMED)
