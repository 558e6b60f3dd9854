import { constants, type ServerHttp2Stream } from 'node:http2'
import { fieldValue } from '../../codec/field-scan.ts'
import type { RawRequest } from '../../decision/scan.ts'
import type { Connection, Downstream } from '../downstream.ts'
import { interactionIdOf } from '../exchange.ts'
import type { Awaited } from './awaited.ts'
import { AwaitedAnswer } from './awaited-answer.ts'
import type { LiveStream } from './live-session.ts'

/** A request that came over HTTP/2. */
export class Http2Downstream implements Downstream {
  raw: RawRequest
  readonly connection: Connection
  readonly #live: LiveStream
  readonly interactionId: string
  /** What is malformed nghttp2 resets. */
  readonly fault = null
  readonly #stream: ServerHttp2Stream
  readonly #answer: AwaitedAnswer
  #trailers: readonly string[] = []

  constructor(stream: ServerHttp2Stream, raw: RawRequest, live: LiveStream, awaited: Awaited) {
    this.#live = live
    this.#stream = stream
    this.raw = raw
    this.connection = live.connection
    this.interactionId = interactionIdOf(raw.fields)
    this.#answer = new AwaitedAnswer(stream, live, awaited)
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

  awaitsJudgement(does: boolean): void {
    this.#live.is(does ? 'waiting' : 'under way')
  }

  proceed(): void {
    if (this.isGone || fieldValue(this.raw.fields, 'expect') === null) return
    this.#stream.additionalHeaders({ ':status': 100 })
  }

  begin(status: number, fields: readonly string[]): void {
    if (this.isGone) return
    this.#stream.respond([':status', String(status), ...fields] as never)
  }

  write(chunk: Buffer): boolean {
    const flows = this.#stream.write(chunk)
    this.#answer.wrote(chunk.length, !flows)
    return flows
  }

  end(whole?: Buffer): void {
    endAnswer(this.#stream, this.raw.mayHaveBody, whole)
    this.#answer.wrote(whole?.length ?? 0, true)
  }

  answer(status: number, fields: readonly string[], body: string): void {
    if (this.isGone) return
    const octets = Buffer.from(body)
    this.begin(status, status === 204 ? fields : [...fields, 'content-length', String(octets.length)])
    this.end(this.raw.method === 'HEAD' ? undefined : octets)
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

  /**
   * A reset without an error closes the stream at once, but destroys it only when its body was read; so that is done here. Of one to HEAD
   * Node, which has ended the answer before it began, tells only the close.
   */
  onGone(callback: () => void): void {
    this.#stream.on('aborted', () => {
      callback()
      this.#stream.resume()
    })
    this.#stream.on('close', () => {
      if (!this.#stream.writableFinished || !this.#stream.headersSent) callback()
    })
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
