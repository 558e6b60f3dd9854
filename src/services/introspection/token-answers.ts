import type { Introspected, Memo } from '../../domain/ports.ts'
import { Answers, type Remembered } from '../http/answers.ts'

export interface TokenAnswersOptions {
  /** Two memories, so that made-up tokens cannot push out good ones. */
  readonly active: Memo<string, Remembered<Introspected>>
  readonly inactive: Memo<string, Remembered<Introspected>>
  /** Milliseconds since some fixed time; never steps back. */
  readonly clock: () => number
}

/** What an authorization server said of tokens, by their hash. */
export class TokenAnswers {
  readonly #active: Answers<Introspected>
  readonly #inactive: Answers<Introspected>

  constructor({ active, inactive, clock }: TokenAnswersOptions) {
    this.#active = new Answers(active, clock)
    this.#inactive = new Answers(inactive, clock)
  }

  /** `now` in Unix seconds. */
  find(hash: string, now: number): Remembered<Introspected> | undefined {
    const inactive = this.#inactive.find(hash)
    if (inactive !== undefined) return inactive
    const active = this.#active.find(hash)
    const exp = active?.said.members['exp']
    return typeof exp === 'number' && exp <= now ? undefined : active
  }

  /** `span` in milliseconds. */
  remember(hash: string, said: Introspected, span: number): void {
    const answers = said.members['active'] === true ? this.#active : this.#inactive
    answers.remember(hash, said, span)
  }
}
