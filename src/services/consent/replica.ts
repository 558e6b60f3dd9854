import type { ConsentSource, Memo, SaidOfConsent } from '../../domain/ports.ts'
import { Answers, type PassedAnswer, type Remembered } from '../http/answers.ts'

export interface ConsentReplicaOptions {
  /** Asks the thread that asks the service; undefined where there is no answer. Rejects where it is gone. */
  readonly ask: (id: string, clientId: string | null) => Promise<PassedAnswer<SaidOfConsent> | undefined>
  readonly memo: Memo<string, Remembered<SaidOfConsent>>
  /** Milliseconds since some fixed time; never steps back. */
  readonly clock: () => number
}

/** What a consent service says, where requests are judged: recalled at once, asked for by another thread. */
export class ConsentReplica implements ConsentSource {
  readonly #answers: Answers<SaidOfConsent>
  readonly #ask: ConsentReplicaOptions['ask']

  constructor({ ask, memo, clock }: ConsentReplicaOptions) {
    this.#answers = new Answers(memo, clock)
    this.#ask = ask
  }

  recall(id: string): SaidOfConsent | undefined {
    return this.#answers.find(id)?.said
  }

  async ask(id: string, clientId: string | null): Promise<SaidOfConsent | undefined> {
    const answer = await this.#ask(id, clientId).catch(() => undefined)
    if (answer !== undefined) this.#answers.remember(id, answer.said, answer.counts)
    return answer?.said
  }
}
