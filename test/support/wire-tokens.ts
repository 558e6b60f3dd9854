import { randomUUID } from 'node:crypto'
import type { Members } from './jws.ts'
import { aKey } from './keys.ts'
import { aProof } from './proof.ts'
import { aToken, type JwtChanges } from './token.ts'
import { type ClientCertificate, x5tOf } from './wire-pki.ts'

/** The public origin of the gateways in tests; their ports are chosen by the system. */
export const ORIGIN = 'https://api.bank.example'
export const HOST = 'api.bank.example'

/** Unix seconds by the clock that a real process reads. */
export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000)
}

/** An access token that is valid for the next minutes, bound to the DPoP key of the tests, but for the changes. */
export function token({ header, claims = {}, key }: JwtChanges = {}): string {
  const now = nowSeconds()
  const times = { iat: now - 5, exp: now + 600, jti: randomUUID() }
  return aToken({
    claims: { ...times, ...claims },
    ...(header === undefined ? {} : { header }),
    ...(key === undefined ? {} : { key }),
  })
}

/** A token bound to a certificate (RFC 8705 §3.1). */
export function certificateToken(x5t: string, claims: Members = {}): string {
  return token({ claims: { cnf: { 'x5t#S256': x5t }, ...claims } })
}

/** The Authorization field of one request under such a token. */
export function bearerOf(certificate: ClientCertificate): string[] {
  return ['authorization', `Bearer ${certificateToken(x5tOf(certificate))}`]
}

/** A fresh DPoP proof, never used before, for `GET ORIGIN/accounts` but for the changes. */
export function proof(accessToken: string, { header, claims = {}, key }: JwtChanges = {}): string {
  return aProof(accessToken, {
    claims: { jti: randomUUID(), iat: nowSeconds(), ...claims },
    ...(header === undefined ? {} : { header }),
    ...(key === undefined ? {} : { key }),
  })
}

/** Authorization and DPoP fields for one request to this path. */
export function credentials(
  path = '/accounts',
  { method = 'GET', accessToken = sharedToken() }: { method?: string; accessToken?: string } = {},
): string[] {
  const made = proof(accessToken, { claims: { htm: method, htu: ORIGIN + path } })
  return ['authorization', `DPoP ${accessToken}`, 'dpop', made]
}

/** One token for all requests that do not care; made on first use. */
function sharedToken(): string {
  shared ??= token()
  return shared
}

let shared: string | undefined

/** The key that signs the tokens of the tests. */
export const issuerKey = () => aKey('ES256', 'issuer')
