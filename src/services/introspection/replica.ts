import type { Introspected, IntrospectionSource } from '../../domain/ports.ts'
import { Answers, type AnswersOptions } from './answers.ts'

/** An answer as it passes between threads: plain data. */
export interface PassedAnswer {
  readonly said: Introspected
  /** Milliseconds from now that it may be believed. */
  readonly counts: number
}

export interface IntrospectionReplicaOptions extends AnswersOptions {
  /** Asks the thread that asks the server; undefined where there is no answer. Rejects where it is gone. */
  readonly ask: (token: string, hash: string) => Promise<PassedAnswer | undefined>
}

/** What an authorization server says of tokens, where requests are judged: recalled at once, asked for by another thread. */
export class IntrospectionReplica implements IntrospectionSource {
  readonly #answers: Answers
  readonly #ask: IntrospectionReplicaOptions['ask']

  constructor(options: IntrospectionReplicaOptions) {
    this.#answers = new Answers(options)
    this.#ask = options.ask
  }

  recall(hash: string, now: number): Introspected | undefined {
    return this.#answers.find(hash, now)?.said
  }

  async ask(token: string, hash: string): Promise<Introspected | undefined> {
    const answer = await this.#ask(token, hash).catch(() => undefined)
    if (answer !== undefined) this.#answers.remember(hash, answer.said, answer.counts)
    return answer?.said
  }
}
