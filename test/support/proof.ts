import { hash } from 'node:crypto'
import { NonceMint, type NonceRules } from '../../src/verify/dpop/nonce.ts'
import type { DpopRules } from '../../src/verify/dpop/proof.ts'
import { NOW } from './clock.ts'
import { aJws, type Members } from './jws.ts'
import { aKey, type SigningKey } from './keys.ts'
import { FAPI, type JwtChanges } from './token.ts'

/** A valid DPoP proof (RFC 9449 §4.2) for `GET https://api.bank.example/accounts` with this token, but for the changes. */
export function aProof(
  token: string,
  { header = {}, claims = {}, key = aKey('ES256', 'client') }: JwtChanges = {},
): string {
  return aJws({ ...proofHeader(key), ...header }, { ...proofClaims(token), ...claims }, key)
}

export function proofHeader(key: SigningKey): Members {
  return { typ: 'dpop+jwt', alg: key.alg, jwk: key.jwk }
}

export function proofClaims(token: string): Members {
  return {
    jti: 'proof-1',
    htm: 'GET',
    htu: 'https://api.bank.example/accounts',
    iat: NOW,
    ath: athOf(token),
  }
}

export function athOf(token: string): string {
  return hash('sha256', token, 'base64url')
}

/** Nonces are off; where a change turns them on they are good for five minutes. The gateway began an hour before `NOW`. */
export function nonceRules(changes: Partial<NonceRules> = {}): NonceRules {
  const early = aMint(['a secret of this start alone'])
  const { since = NOW - 3600 } = changes
  return { mode: 'off', age: 300, mint: aMint(), since, early, datesBefore: since, ...changes }
}

export function aMint(
  secrets: readonly string[] = ['a secret of the tests that all replicas share'],
): NonceMint {
  return new NonceMint(secrets)
}

/** A minute of age, ten seconds of leeway. */
export function dpopRules(changes: Partial<DpopRules> = {}): DpopRules {
  return {
    algorithms: FAPI,
    maxAge: 60,
    clockSkew: 10,
    nonce: nonceRules(),
    unknownBefore: NOW - 3590,
    keys: new Map(),
    ...changes,
  }
}
