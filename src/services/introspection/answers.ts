import type { Introspected, Memo } from '../../domain/ports.ts'

/** What was said of a token, and until when that may be believed. */
export interface Remembered {
  readonly said: Introspected
  /** By the clock. */
  readonly until: number
}

export interface AnswersOptions {
  /** Two memories, so that made-up tokens cannot push out good ones. */
  readonly active: Memo<string, Remembered>
  readonly inactive: Memo<string, Remembered>
  /** Milliseconds since some fixed time; never steps back. */
  readonly clock: () => number
}

/** What an authorization server said of tokens, by their hash. */
export class Answers {
  readonly #options: AnswersOptions

  constructor(options: AnswersOptions) {
    this.#options = options
  }

  /** `now` in Unix seconds. */
  find(hash: string, now: number): Remembered | undefined {
    const { active, inactive, clock } = this.#options
    const time = clock()
    const kept = inactive.get(hash)
    if (kept !== undefined && kept.until > time) return kept
    const held = active.get(hash)
    if (held === undefined || held.until <= time) return undefined
    const { exp } = held.said.members
    return typeof exp === 'number' && exp <= now ? undefined : held
  }

  /** `span` in milliseconds. */
  remember(hash: string, said: Introspected, span: number): void {
    if (span <= 0) return
    const { active, inactive, clock } = this.#options
    const memo = said.members['active'] === true ? active : inactive
    memo.set(hash, { said, until: clock() + span })
  }
}
