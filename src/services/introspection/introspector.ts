import type { Introspected, IntrospectionSource } from '../../domain/ports.ts'
import type { PassedAnswer } from '../http/answers.ts'
import { Questions } from '../http/questions.ts'
import type { Question } from './question.ts'
import { TokenAnswers, type TokenAnswersOptions } from './token-answers.ts'

export interface IntrospectorOptions extends TokenAnswersOptions {
  readonly question: Question
  /** Milliseconds that an answer counts; 0: every request asks for itself. */
  readonly cache: number
  /** Milliseconds that a token counts as not active after it was said to be. */
  readonly negativeCache: number
  /** Most questions under way or waiting for a connection; what is more is not asked. */
  readonly questions: number
  readonly onAnswer: (outcome: 'active' | 'inactive' | 'failed', problem: string | null) => void
}

/**
 * What one authorization server says of tokens, asked and remembered. There is one for each entry of the configuration,
 * so an answer never serves another issuer or another policy.
 */
export class Introspector implements IntrospectionSource {
  readonly #options: IntrospectorOptions
  readonly #questions: Questions<Introspected>
  readonly #answers: TokenAnswers

  constructor(options: IntrospectorOptions) {
    const { questions: most, clock, onAnswer } = options
    this.#options = options
    this.#questions = new Questions({ most, clock, onFailed: (problem) => onAnswer('failed', problem) })
    this.#answers = new TokenAnswers(options)
  }

  recall(hash: string, now: number): Introspected | undefined {
    return this.#answers.find(hash, now)?.said
  }

  /** Answers a thread that holds a replica: what is remembered, else what the server says. `now` in Unix seconds. */
  async answer(
    token: string,
    hash: string,
    now: number,
    asker?: string,
  ): Promise<PassedAnswer<Introspected> | undefined> {
    const known = this.#answers.find(hash, now)
    if (known !== undefined) return { said: known.said, counts: known.until - this.#options.clock() }
    const said = await this.ask(token, hash, asker)
    return said === undefined ? undefined : { said, counts: this.#spanOf(said) }
  }

  ask(token: string, hash: string, asker?: string): Promise<Introspected | undefined> {
    const { question, cache, onAnswer } = this.#options
    const ask = async () => {
      const said = await question(token)
      this.#answers.remember(hash, said, this.#spanOf(said))
      onAnswer(said.members['active'] === true ? 'active' : 'inactive', null)
      return said
    }
    return this.#questions.ask(cache > 0 ? hash : null, ask, asker ?? null)
  }

  /** Milliseconds that an answer counts. */
  #spanOf({ members }: Introspected): number {
    return members['active'] === true ? this.#options.cache : this.#options.negativeCache
  }
}
