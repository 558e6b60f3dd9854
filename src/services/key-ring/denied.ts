import type { KeySource } from '../../domain/ports.ts'
import type { VerificationKey } from '../../verify/jose/jwk-set.ts'

/**
 * The keys of an issuer without those that the configuration shuts out, by `kid` or by thumbprint (RFC 7638), whether
 * they are published or not: FAPI2-SP §6.8, where a key is compromised.
 */
export function withoutDenied(
  source: KeySource<VerificationKey>,
  names: readonly string[] = [],
): KeySource<VerificationKey> {
  if (names.length === 0) return source
  const denied = new Set<string | null>(names)
  const isDenied = ({ kid, thumbprint }: VerificationKey) => denied.has(kid) || denied.has(thumbprint)
  return {
    candidates: (kid) => source.candidates(kid).filter((key) => !isDenied(key)),
    holds: (key) => !isDenied(key) && source.holds(key),
    standing: (kid) => (denied.has(kid) ? 'absent' : source.standing(kid)),
    ask: (kid) => source.ask(kid),
  }
}
