import type { ServerHttp2Session } from 'node:http2'
import type { Living } from '../client-trust.ts'

/** What is done for a stream: something; nothing, as it waits to be judged or its answer to be taken; or its answer is out. */
type State = 'under way' | 'waiting' | 'over'

/** A connection of HTTP/2 while it lives: since when nothing is done for its client. */
export class LiveSession {
  readonly session: ServerHttp2Session
  readonly connection: Living
  #streams = 0
  #underWay = 0
  /** Since when it was seen to be destroyed, or closed with no stream left; null: it was not. */
  over: number | null = null

  constructor(session: ServerHttp2Session, connection: Living) {
    this.session = session
    this.connection = connection
  }

  /** Whose answers are not out. */
  get streams(): number {
    return this.#streams
  }

  begins(): LiveStream {
    this.#streams++
    this.#underWay++
    this.connection.waitsSince = null
    return new LiveStream(this)
  }

  changes(from: State, to: State, since: number): void {
    if (from === 'under way') this.#underWay--
    if (to === 'under way') this.#underWay++
    if (to === 'over') this.#streams--
    // One that was ended has no more to give, though its socket may take a moment.
    if (this.session.destroyed) return
    const { connection } = this
    if (this.#underWay > 0) connection.waitsSince = null
    else if (this.#streams === 0) connection.waitsSince = since
    else connection.waitsSince ??= since
  }
}

/** One of its streams. */
export class LiveStream {
  readonly #session: LiveSession
  #state: State = 'under way'

  constructor(session: LiveSession) {
    this.#session = session
  }

  get connection(): Living {
    return this.#session.connection
  }

  /** Once it is over it remains so. */
  is(state: State, since = performance.now()): void {
    if (state === this.#state || this.#state === 'over') return
    this.#session.changes(this.#state, state, since)
    this.#state = state
  }
}
