import type { KeySource } from '../../domain/ports.ts'
import type { VerificationKey } from './jwk-set.ts'

/** Keys that are all there: none is fetched, and what is not among them is not there. */
export function heldKeys(keys: readonly VerificationKey[]): KeySource<VerificationKey> {
  return {
    candidates: (kid) => (kid === null ? keys : keys.filter((key) => key.kid === kid)),
    holds: (key) => keys.includes(key),
    standing: () => 'absent',
    ask: () => Promise.resolve(false),
  }
}
