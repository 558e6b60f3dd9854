import type { Revocations } from '../domain/ports.ts'
import type { KnownTokens } from '../verify/access-token/known-tokens.ts'
import type { Answers } from './answer-body.ts'
import type { Evidence } from './evidence.ts'
import type { Router } from './router.ts'

/** A compiled configuration: immutable, swapped whole. A request keeps the one it began with. */
export interface Snapshot {
  /** Fingerprint of the configuration, in every record. */
  readonly id: string
  readonly router: Router
  readonly answers: Answers
  readonly tokens: KnownTokens
  readonly revocations: Revocations
}

/** How a request is refused: as its route says, else as the configuration does. */
export function answersFor({ route }: Evidence, { answers }: Snapshot): Answers {
  return route?.answers ?? answers
}
