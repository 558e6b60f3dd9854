import { constants, type ServerHttp2Stream } from 'node:http2'
import type { RawRequest } from '../decision/scan.ts'
import type { Connection, Downstream } from './downstream.ts'

/** A request that came over HTTP/2. */
export class Http2Downstream implements Downstream {
  readonly raw: RawRequest
  readonly connection: Connection
  readonly #stream: ServerHttp2Stream
  #stalled: NodeJS.Timeout | null = null
  #trailers: readonly string[] = []

  constructor(stream: ServerHttp2Stream, raw: RawRequest, connection: Connection) {
    this.#stream = stream
    this.raw = raw
    this.connection = connection
    if (raw.mayHaveBody)
      stream.once('trailers', (_headers, _flags, flat) => {
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
    const flows = this.#stream.write(chunk)
    if (!flows) this.#awaitFlow()
    return flows
  }

  end(whole?: Buffer): void {
    this.#stream.end(whole)
    this.#awaitFlow()
    if (this.raw.mayHaveBody) leaveTheRest(this.#stream)
  }

  answer(status: number, fields: readonly string[], body: string): void {
    if (this.isGone) return
    this.begin(
      status,
      status === 204 ? fields : [...fields, 'content-length', String(Buffer.byteLength(body))],
    )
    this.#stream.end(this.raw.method === 'HEAD' ? '' : body)
    this.#awaitFlow()
    if (this.raw.mayHaveBody) leaveTheRest(this.#stream)
  }

  /** Not `close`, which ends the answer before it resets the stream: that is what a whole answer looks like. */
  abort(): void {
    this.#stream.destroy(new Error('broken off'))
  }

  onDrain(callback: () => void): void {
    this.#stream.on('drain', callback)
  }

  onSent(callback: () => void): void {
    this.#stream.once('finish', callback)
    this.#stream.once('close', callback)
  }

  /** A reset without an error closes the stream at once, but destroys it only when its body was read; so that is done here. */
  onGone(callback: () => void): void {
    this.#stream.once('aborted', () => {
      callback()
      this.#stream.resume()
    })
    this.#stream.once('close', () => {
      if (!this.#stream.writableFinished || this.#stream.rstCode === constants.NGHTTP2_CANCEL) callback()
    })
  }

  /** Who takes nothing for too long is let go, however lively the connection is otherwise (pings, other streams). */
  #awaitFlow(): void {
    if (this.#stalled !== null) return
    const left = this.#stream.writableLength
    this.#stalled = setTimeout(() => {
      this.#onFlow()
      // What was ended drains without saying so.
      if (this.#stream.writableLength < left) this.#awaitFlow()
      else this.abort()
    }, this.connection.idleTimeout)
    for (const sign of FLOWS) this.#stream.once(sign, this.#onFlow)
  }

  readonly #onFlow = (): void => {
    if (this.#stalled !== null) clearTimeout(this.#stalled)
    this.#stalled = null
    for (const sign of FLOWS) this.#stream.off(sign, this.#onFlow)
  }
}

/**
 * RFC 9113 §8.1: the answer is complete without the rest of the request; the client may stop sending it, and the stream
 * does not stay open for it. Not in the same turn: the reset would overtake an answer that is fields alone.
 */
export function leaveTheRest(stream: ServerHttp2Stream): void {
  if (!stream.readableEnded) stream.resume()
  stream.once('finish', () =>
    setImmediate(() => {
      if (!stream.readableEnded) stream.close(constants.NGHTTP2_NO_ERROR)
    }),
  )
}

/** The pseudo-header fields and the rest, out of the flat list; undefined where RFC 9113 §8.3.1 is not kept. */
export function readStreamHead(
  flat: readonly string[],
  endsHere: boolean,
  peer: RawRequest['peer'],
): RawRequest | undefined {
  const pseudo = new Map<string, string>()
  let at = 0
  for (; at < flat.length && (flat[at] as string).startsWith(':'); at += 2) {
    if (pseudo.has(flat[at] as string)) return undefined
    pseudo.set(flat[at] as string, flat[at + 1] as string)
  }
  const method = pseudo.get(':method')
  const target = pseudo.get(':path')
  const wellFormed =
    method !== undefined &&
    target !== undefined &&
    pseudo.get(':scheme') === 'https' &&
    !pseudo.has(':protocol')
  if (!wellFormed || !(target.startsWith('/') || target === '*')) return undefined
  return {
    version: '2',
    method,
    target,
    authority: pseudo.get(':authority') ?? null,
    fields: flat.slice(at),
    mayHaveBody: !endsHere,
    peer,
  }
}

const FLOWS = ['drain', 'finish', 'close'] as const
