import type { Introspected, IntrospectionSource } from '../../domain/ports.ts'
import type { PassedAnswer } from '../http/answers.ts'
import { TokenAnswers, type TokenAnswersOptions } from './token-answers.ts'

export interface IntrospectionReplicaOptions extends TokenAnswersOptions {
  /** Asks the thread that asks the server; undefined where there is no answer. Rejects where it is gone. */
  readonly ask: (
    token: string,
    hash: string,
    asker?: string,
  ) => Promise<PassedAnswer<Introspected> | undefined>
}

/** What an authorization server says of tokens, where requests are judged: recalled at once, asked for by another thread. */
export class IntrospectionReplica implements IntrospectionSource {
  readonly #answers: TokenAnswers
  readonly #ask: IntrospectionReplicaOptions['ask']

  constructor(options: IntrospectionReplicaOptions) {
    this.#answers = new TokenAnswers(options)
    this.#ask = options.ask
  }

  recall(hash: string, now: number): Introspected | undefined {
    return this.#answers.find(hash, now)?.said
  }

  async ask(token: string, hash: string, asker?: string): Promise<Introspected | undefined> {
    const answer = await this.#ask(token, hash, asker).catch(() => undefined)
    if (answer !== undefined) this.#answers.remember(hash, answer.said, answer.counts)
    return answer?.said
  }
}
