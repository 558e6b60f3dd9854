import type { ConsentSource, Memo, SaidOfConsent } from '../../domain/ports.ts'
import type { Remembered } from './consents.ts'

/** An answer as it passes between threads: plain data. */
export interface PassedConsent {
  readonly said: SaidOfConsent
  /** Milliseconds from now that it may be believed. */
  readonly counts: number
}

export interface ConsentReplicaOptions {
  /** Asks the thread that asks the service; undefined where there is no answer. Rejects where it is gone. */
  readonly ask: (id: string) => Promise<PassedConsent | undefined>
  readonly memo: Memo<string, Remembered>
  /** Milliseconds since some fixed time; never steps back. */
  readonly clock: () => number
}

/** What a consent service says, where requests are judged: recalled at once, asked for by another thread. */
export class ConsentReplica implements ConsentSource {
  readonly #options: ConsentReplicaOptions

  constructor(options: ConsentReplicaOptions) {
    this.#options = options
  }

  recall(id: string): SaidOfConsent | undefined {
    const held = this.#options.memo.get(id)
    return held !== undefined && held.until > this.#options.clock() ? held.said : undefined
  }

  async ask(id: string): Promise<SaidOfConsent | undefined> {
    const { ask, memo, clock } = this.#options
    const answer = await ask(id).catch(() => undefined)
    if (answer !== undefined && answer.counts > 0)
      memo.set(id, { said: answer.said, until: clock() + answer.counts })
    return answer?.said
  }
}
