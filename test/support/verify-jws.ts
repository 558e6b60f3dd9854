import { parseCompactJws } from '../../src/codec/compact-jws.ts'
import { type Algorithm, algorithms } from '../../src/verify/jose/algorithms.ts'
import { readJwkSet, suits } from '../../src/verify/jose/jwk-set.ts'
import { verifies } from '../../src/verify/jose/signature.ts'
import { keySource } from './token.ts'

/**
 * Verifies a JWS with published keys as `verify-jwt.ts` does, with the same parts in the same order, but asks nothing of
 * the payload: published vectors sign other things than access tokens. All algorithms of the table are allowed.
 */
export function verifiesJws(
  jws: string,
  jwks: object,
  allowed: ReadonlyMap<string, Algorithm> = algorithms,
): boolean {
  const parsed = parseCompactJws(jws)
  if (parsed === undefined || 'crit' in parsed.header || 'b64' in parsed.header) return false
  const { alg, kid = null } = parsed.header
  const algorithm = typeof alg === 'string' ? allowed.get(alg) : undefined
  if (algorithm === undefined || !(kid === null || typeof kid === 'string')) return false
  return keySource(readJwkSet('keys' in jwks ? jwks : { keys: [jwks] }) ?? [])
    .candidates(kid)
    .some(
      (key) => suits(key, algorithm) && verifies(algorithm, key.key, parsed.signingInput, parsed.signature),
    )
}
