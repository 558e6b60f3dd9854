import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { afterNextReading } from '../after-reading.ts'
import { AnswerReader, type AnswerSink } from './answer-reader.ts'
import type { Call, Carrier } from './call.ts'
import { UnreachedError, UpstreamError } from './faults.ts'
import { RequestBody } from './request-body.ts'
import { isLast } from './request-head.ts'

/** What a connection tells the pool that it belongs to. */
export interface ConnectionOwner {
  /** Ticks until what is waited for must have come; `tick` is now. */
  readonly tick: number
  readonly patience: {
    readonly connect: number
    readonly answer: number
    /** Milliseconds that a connection is kept; 0, or less: not at all. */
    idle(keepAlive: number | null): number
    ticks(milliseconds: number): number
  }
  /** A call of this client is on a connection now, or is no more. */
  onHeld(client: string, change: 1 | -1): void
  onFree(connection: Connection): void
  /** The connection was lost before anything of the call was sent on it, so it can be sent on another. */
  onUnsent(call: Call): void
  onClosed(connection: Connection): void
}

/**
 * Opens a socket that hands what it reads to `onOctets`, in memory that is used again for what it reads next, and tells whether more
 * may have come with it that is still to be read.
 */
export type OpenSocket = (onOctets: (octets: Buffer, mayGoOn: boolean) => void, onReady: () => void) => Socket

/** One connection to an upstream: one call at a time, and none behind an answer whose end is in doubt. */
export class Connection implements Carrier, AnswerSink {
  readonly #owner: ConnectionOwner
  readonly #socket: Socket
  #call: Call | null = null
  #reader: AnswerReader | null = null
  #body: RequestBody | null = null
  #isReady = false
  #isPaused = false
  /** When the answer was first held back, by the clock: all of it may have lain there since. Null: it was taken as it came. */
  #heldBackSince: number | null = null
  #isClosed = false
  /** Answers that it has carried. */
  #answers = 0
  /** The tick at which what is waited for must have come. */
  #deadline: number
  /** Ticks at which its call waited for the client: to send its body, or to take its answer. */
  #waited = 0
  /** When it is idle too long to be used again, by the clock: a process that is held up ticks late, and the upstream does not. */
  #idleUntil = 0

  constructor(open: OpenSocket, owner: ConnectionOwner, first: Call) {
    this.#owner = owner
    this.#hold(first)
    this.#deadline = owner.tick + owner.patience.connect
    this.#socket = open(this.#onOctets, this.#onReady)
    this.#socket.on('end', this.#onEnd)
    this.#socket.on('error', this.#onError)
    this.#socket.on('close', this.#onClose)
  }

  /** Of a free one: the upstream may be about to close it, or has. */
  get isStale(): boolean {
    return performance.now() >= this.#idleUntil
  }

  /** To be called on a free connection alone. */
  carry(call: Call): void {
    this.#hold(call)
    this.#send(call)
  }

  drop(): void {
    this.#close(null)
  }

  /** Ends it under whatever it carries. */
  cut(why: UpstreamError): void {
    this.#close(why)
  }

  /** Whose call it carries; null: it is free. */
  get client(): string | null {
    return this.#call?.request.client ?? null
  }

  /** None once the upstream has the whole request and is what is waited for: it may have acted on it, and the client has to learn of it. */
  get waited(): number {
    return this.#waitsForClient ? this.#waited : 0
  }

  pause(): void {
    this.#isPaused = true
    this.#heldBackSince ??= performance.now()
    this.#socket.pause()
  }

  resume(): void {
    this.#isPaused = false
    this.#waitAnew()
    this.#socket.resume()
  }

  /** Called at each tick: ends what has been waited for too long. */
  look(): void {
    if (this.#waitsForClient) this.#waited++
    if (this.#owner.tick < this.#deadline || this.#isClosed) return
    if (this.#call === null) return this.#close(null)
    if (!this.#isReady) return this.#lose('CONNECT_TIMEOUT', 'no connection in time')
    if (this.#reader?.hasHead === true) {
      // Held back by us: the client has its own timeout.
      if (!this.#isPaused) this.#close(new UpstreamError('ANSWER_TIMEOUT', 'no more of the answer in time'))
      return
    }
    // While a body is on its way and is taken, the client has its own timeout too.
    if (this.#waitsForClient) return
    this.#close(new UpstreamError('ANSWER_TIMEOUT', 'no answer in time'))
  }

  get #waitsForClient(): boolean {
    return this.#isPaused || (this.#body !== null && !this.#socket.writableNeedDrain)
  }

  onHead(status: number, fields: string[]): void {
    const call = this.#call
    // What was still to come of the request may never be read, or be read as another: nothing else may be sent behind it.
    const isUnread = this.#body !== null || this.#socket.writableLength > 0
    if (isUnread || (call !== null && isLast(call.request))) this.#reader!.persists = false
    call?.handler.onHead(status, fields)
  }

  onData(part: Buffer): void {
    this.#call?.handler.onData(part)
  }

  onEnd(): void {
    const call = this.#call
    if (call === null) return
    call.end()
    try {
      call.handler.onEnd()
    } catch (bug) {
      call.handler.onError(bug as Error)
    }
  }

  #hold(call: Call | null): void {
    if (this.#call !== null) this.#owner.onHeld(this.#call.request.client, -1)
    this.#call = call
    if (call === null) return
    this.#owner.onHeld(call.request.client, 1)
    call.isWith(this)
  }

  #send(call: Call): void {
    const { method, body } = call.request
    // While there was no connection for it; of a stream that has ended already nothing more is heard.
    if (body?.destroyed === true) return this.#close(body.errored ?? new Error('the body broke off'))
    this.#waited = 0
    this.#reader = new AnswerReader(method, this, !(this.#socket instanceof TLSSocket))
    this.#waitAnew()
    if (body === null) {
      this.#socket.write(call.head, 'latin1', this.#onFirstWritten)
      return
    }
    this.#body = new RequestBody(call.request, call.head, this.#socket, {
      onTaken: this.#waitAnew,
      onSent: () => {
        this.#body = null
        this.#waitAnew()
      },
      onFirstWritten: this.#onFirstWritten,
      onFault: (error) => this.#close(error),
    })
  }

  readonly #waitAnew = (): void => {
    this.#deadline = this.#owner.tick + this.#owner.patience.answer
  }

  readonly #onReady = (): void => {
    this.#isReady = true
    if (this.#call !== null) this.#send(this.#call)
  }

  readonly #onOctets = (octets: Buffer, mayGoOn: boolean): void => {
    const reader = this.#reader
    // On an idle connection nothing is expected: it would be taken for the answer to the next request.
    if (reader === null) return this.#close(new UpstreamError('ANSWER_MALFORMED', 'an answer unasked'))
    // Nor while the body has not begun to come, and the head waits for it: whoever holds it back would get what is another's.
    if (this.#body?.isUnsent === true) return this.#lose('ANSWER_MALFORMED', 'an answer before the request')
    try {
      const fault = reader.read(octets)
      // A head must be whole in time, however many parts it comes in; behind it each part of the body has that time anew.
      if (reader.hasHead) this.#waitAnew()
      if (fault !== undefined) this.#close(new UpstreamError('ANSWER_MALFORMED', fault))
      else if (reader.isWhole) this.#free(reader, mayGoOn)
    } catch (bug) {
      this.#close(bug as Error)
    }
  }

  #free(reader: AnswerReader, mayGoOn: boolean): void {
    if (!reader.persists || !this.#socket.writable) return this.#close(null)
    const now = performance.now()
    const idle = this.#owner.patience.idle(reader.keepAlive) - (now - (this.#heldBackSince ?? now))
    if (idle <= 0) return this.#close(null)
    if (this.#isPaused) this.resume()
    this.#heldBackSince = null
    this.#answers++
    this.#hold(null)
    this.#reader = null
    this.#deadline = this.#owner.tick + this.#owner.patience.ticks(idle)
    this.#idleUntil = now + idle
    // What an upstream says beyond what it announced would be read as the next one's answer.
    if (mayGoOn) afterNextReading(this.#onQuiet)
    else this.#owner.onFree(this)
  }

  readonly #onQuiet = (): void => {
    if (this.#isClosed) return
    if (this.isStale) this.#close(null)
    else this.#owner.onFree(this)
  }

  readonly #onEnd = (): void => {
    if (this.#reader?.close() === true) this.#close(null)
    else this.#lose('CLOSED', 'the connection ended before the answer')
  }

  readonly #onError = ({ code = 'CLOSED', message }: NodeJS.ErrnoException): void => {
    // Where every address of a name refused, the message is empty and the code is not.
    this.#lose(code, message || code)
  }

  readonly #onFirstWritten = (error?: Error | null): void => {
    if (error) this.#onError(error)
  }

  readonly #onClose = (): void => this.#lose('CLOSED', 'the connection was cut')

  #lose(code: string, message: string): void {
    this.#close(
      this.#isReady ? new UpstreamError(code, message, this.#wasStale) : new UnreachedError(code, message),
    )
  }

  /** Whether the upstream may have ended it just as we took it (RFC 9112 §9.3.1): it has answered before, and now nothing. */
  get #wasStale(): boolean {
    return this.#answers > 0 && this.#reader?.hasBegun === false
  }

  /** For good, and once; a call that is not over yet is told why. */
  #close(error: Error | null): void {
    if (this.#isClosed) return
    this.#isClosed = true
    const call = this.#call
    this.#hold(null)
    const isUnsent = this.#body?.isUnsent === true && error instanceof UpstreamError && error.wasStale
    if (isUnsent) this.#body?.withdraw()
    else if (this.#body !== null) {
      this.#body.stop()
      call?.request.body?.destroy()
    }
    this.#socket.destroy()
    if (isUnsent && call?.isOver === false) this.#owner.onUnsent(call)
    this.#owner.onClosed(this)
    if (!isUnsent && error !== null) call?.fail(error)
  }
}
