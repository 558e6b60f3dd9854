import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import type { UpstreamRequest } from './request-head.ts'

/** What becomes of a body on its way. One of the last two, once; nothing after `stop`. */
export interface BodyOutcome {
  /** What was written so far was taken. */
  onTaken(): void
  onSent(): void
  /** Its first octets were written; with an error: none of them were. */
  readonly onFirstWritten: (error?: Error | null) => void
  onFault(error: Error): void
}

/**
 * Writes a request's body, only as fast as it is taken: as many octets as were announced and never one more, for the
 * next would be read as another request; or in chunks, of which the last is written only behind a body that is whole.
 */
export class RequestBody {
  readonly #body: Readable
  readonly #socket: Socket
  readonly #outcome: BodyOutcome
  /** Octets that are still to come; null: in chunks. */
  #left: number | null
  /** The head of the request, until it is written: with the first of the body, so a body that fails at once brings nothing. */
  #head: string

  constructor({ body, bodyLength }: UpstreamRequest, head: string, socket: Socket, outcome: BodyOutcome) {
    this.#body = body as Readable
    this.#left = bodyLength
    this.#head = head
    this.#socket = socket
    this.#outcome = outcome
    socket.on('drain', this.#onDrain)
    this.#body.on('error', this.#onError)
    this.#body.on('end', this.#onEnd)
    this.#body.on('close', this.#onClose)
    this.#body.on('data', this.#onData)
    // It was paused where another connection was lost to it.
    this.#body.resume()
  }

  /** Whether nothing of the request was written yet, its head included. */
  get isUnsent(): boolean {
    return this.#head !== ''
  }

  /** As if it had never begun; only while nothing was sent. */
  withdraw(): void {
    this.stop()
    this.#body.pause()
  }

  stop(): void {
    this.#socket.off('drain', this.#onDrain)
    this.#body.off('error', this.#onError)
    this.#body.off('end', this.#onEnd)
    this.#body.off('close', this.#onClose)
    this.#body.off('data', this.#onData)
  }

  readonly #onData = (part: Buffer): void => {
    if (part.length === 0) return
    if (this.#left !== null) {
      this.#left -= part.length
      if (this.#left < 0) return this.#fault(new Error('the body is longer than it was announced'))
    }
    this.#socket.cork()
    this.#write(this.#left === null ? `${part.length.toString(16)}\r\n` : '')
    let flows = this.#socket.write(part)
    if (this.#left === null) flows = this.#socket.write('\r\n', 'latin1')
    this.#socket.uncork()
    if (!flows) this.#body.pause()
  }

  readonly #onEnd = (): void => {
    if (this.#left !== null && this.#left > 0)
      return this.#fault(new Error('the body is shorter than it was announced'))
    this.#write(this.#left === null ? '0\r\n\r\n' : '')
    this.stop()
    this.#outcome.onSent()
  }

  /** Text of ours, behind the head where that is still to be written. */
  #write(text: string): void {
    const head = this.#head
    this.#head = ''
    if (head !== '') this.#socket.write(head + text, 'latin1', this.#outcome.onFirstWritten)
    else if (text !== '') this.#socket.write(text, 'latin1')
  }

  readonly #onDrain = (): void => {
    this.#outcome.onTaken()
    this.#body.resume()
  }

  readonly #onError = (error: Error): void => this.#fault(error)

  readonly #onClose = (): void => this.#fault(new Error('the body broke off'))

  #fault(error: Error): void {
    this.stop()
    this.#outcome.onFault(error)
  }
}
