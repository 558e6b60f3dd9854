import type { ServerHttp2Session } from 'node:http2'
import type { Living } from '../client-trust.ts'

/** A connection of HTTP/2 while it lives: since when its client alone is waited for. */
export class LiveSession {
  readonly session: ServerHttp2Session
  readonly connection: Living
  /** Under way: whose answers are not out. */
  #streams = 0
  /** Those of them that wait to be judged. */
  #unjudged = 0
  /** Since when it was seen to be destroyed, or closed with no stream left; null: it was not. */
  over: number | null = null

  constructor(session: ServerHttp2Session, connection: Living) {
    this.session = session
    this.connection = connection
  }

  get streams(): number {
    return this.#streams
  }

  begins(): void {
    this.#streams++
    this.connection.waitsSince = null
  }

  ends(): void {
    this.#streams--
    // One that was ended has no more to give, though its socket may take a moment.
    if (this.#streams === 0 && !this.session.destroyed) this.connection.waitsSince = performance.now()
  }

  awaitsJudgement(does: boolean): void {
    this.#unjudged += does ? 1 : -1
    this.connection.waitsSince = this.#unjudged >= this.#streams ? performance.now() : null
  }

  /** So many answers are there that its client leaves untaken, the oldest since then. */
  leavesUntaken({ answers, since }: { readonly answers: number; readonly since: number }): void {
    if (this.#streams > this.#unjudged) this.connection.waitsSince = answers === this.#streams ? since : null
  }
}
