import type { KeySource } from '../../domain/ports.ts'
import type { VerificationKey } from '../../verify/jose/jwk-set.ts'
import { type KeyAnswer, type KeyEdition, KeyRingReplica } from './replica.ts'

export interface ClientReplicasOptions {
  /** Asks the thread that fetches. Rejects where it is gone. */
  readonly ask: (clientId: string, kid: string | null) => Promise<KeyAnswer>
  /** Clients at a time; the one longest unused goes. */
  readonly atMost: number
  /** Milliseconds since some fixed time; never steps back. */
  readonly clock: () => number
}

/** The keys of clients where requests are judged, each client with a replica of its own, made when it first signs. */
export class ClientKeyReplicas {
  readonly #options: ClientReplicasOptions
  /** In the order of their last use. */
  readonly #held = new Map<string, { readonly replica: KeyRingReplica; usedAt: number }>()

  constructor(options: ClientReplicasOptions) {
    this.#options = options
  }

  of(clientId: string): KeySource<VerificationKey> {
    const { atMost, ask, clock } = this.#options
    const known = this.#held.get(clientId)
    const replica = known?.replica ?? new KeyRingReplica({ ask: (kid) => ask(clientId, kid), clock })
    this.#held.delete(clientId)
    this.#held.set(clientId, { replica, usedAt: clock() })
    if (this.#held.size > Math.max(atMost, LEAST)) this.#held.delete(this.#held.keys().next().value as string)
    return replica
  }

  /** Keys of a client that does not sign here are passed over: they come with the answer when it does. */
  publish(clientId: string, edition: KeyEdition): void {
    this.#held.get(clientId)?.replica.publish(edition)
  }

  /** The clients that signed within so many milliseconds, so that their keys are kept fresh. */
  inUse(within: number): string[] {
    const since = this.#options.clock() - within
    return [...this.#held].filter(([, { usedAt }]) => usedAt >= since).map(([clientId]) => clientId)
  }
}

/** Also where no client has keys to be fetched: that it has none is known of whoever asks. */
const LEAST = 64
