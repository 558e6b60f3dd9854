import type { CompactJwt } from '../../codec/compact-jws.ts'
import type { KeySource } from '../../domain/ports.ts'
import type { Algorithm } from './algorithms.ts'
import { suits, type VerificationKey } from './jwk-set.ts'
import { verifies } from './signature.ts'

/** A published key that verifies; or why there is none. `ask`: the key is not known yet, fetching the keys may help. */
export type FoundSigner = VerificationKey | 'mismatch' | 'absent' | 'unavailable' | 'ask'

/**
 * Finds the key that signed, out of those that may have (FAPI2-SP §5.4.3), of which at most four are tried. `maySign` says
 * which of a shared set count.
 */
export function findSigner(
  jwt: CompactJwt,
  algorithm: Algorithm,
  keys: KeySource<VerificationKey>,
  maySign: (key: VerificationKey) => boolean = () => true,
): FoundSigner {
  const { kid: named } = jwt.header
  if (named !== undefined && (typeof named !== 'string' || named.length > LONGEST_KID)) return 'absent'
  const kid = named ?? null
  const candidates = keys
    .candidates(kid)
    .filter((key) => suits(key, algorithm) && maySign(key))
    .slice(0, TRIES)
  for (const candidate of candidates) {
    if (verifies(algorithm, candidate.key, jwt.signingInput, jwt.signature)) return candidate
  }
  return candidates.length > 0 ? 'mismatch' : keys.standing(kid)
}

const LONGEST_KID = 1024
const TRIES = 4
