import type { AnswerSink } from './answer-reader.ts'
import type { UpstreamRequest } from './request-head.ts'

/** Who is told what becomes of a call: `onHead`, `onData` and `onEnd` in that order, or `onError` in place of the rest. */
export interface CallHandler extends AnswerSink {
  onError(error: NodeJS.ErrnoException): void
}

/** Whatever a call is with: the queue at first, then a connection. */
export interface Carrier {
  /** The call is given up; nothing of it may reach another. */
  drop(call: Call): void
  pause(): void
  resume(): void
}

/** One request to an upstream and its answer. */
export class Call {
  readonly request: UpstreamRequest
  readonly handler: CallHandler
  /** The head of the request, as it is written. */
  readonly head: string
  /** The tick (see `Pool`) by which a connection must be free. */
  deadline = 0
  #carrier: Carrier | null = null
  #isOver = false

  constructor(request: UpstreamRequest, head: string, handler: CallHandler) {
    this.request = request
    this.head = head
    this.handler = handler
  }

  /** Once over, nothing is told to the handler any more. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Gives the call up, also while it waits. The handler is told nothing more. */
  abort(): void {
    if (this.#isOver) return
    this.end()
    this.#carrier?.drop(this)
    this.request.body?.destroy()
  }

  pause(): void {
    if (!this.#isOver) this.#carrier?.pause()
  }

  resume(): void {
    if (!this.#isOver) this.#carrier?.resume()
  }

  /** For its carrier. */
  isWith(carrier: Carrier): void {
    this.#carrier = carrier
  }

  /** For its carrier: the answer is whole. */
  end(): void {
    this.#isOver = true
  }

  /** For its carrier. */
  fail(error: NodeJS.ErrnoException): void {
    if (this.#isOver) return
    this.end()
    this.request.body?.destroy()
    this.handler.onError(error)
  }
}
