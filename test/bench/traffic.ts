import { createHash, randomUUID, X509Certificate } from 'node:crypto'
import { aKey } from '../support/keys.ts'
import { aProof } from '../support/proof.ts'
import { AUDIENCE, aToken, type JwtChanges } from '../support/token.ts'

/** Requests as octets (latin1), heads alone, one after the other. Everything is signed here, before anything is measured. */
export interface Traffic {
  /** Of a public route. */
  plain(): string
  /** Of a protected route, without credentials. */
  bare(): string
  /** With a token bound to the client's certificate. */
  bearer(): string
  /** With a token bound to the client's key and a proof of its own each (ES256). */
  proved(count: number): string
  wrongMethod(): string
  wrongKey(): string
  /** Shows the client's key, signed with another. */
  forged(): string
}

/** `certificate` is the client's, PEM. */
export function traffic(certificate: string): Traffic {
  const x5t = createHash('sha256').update(new X509Certificate(certificate).raw).digest('base64url')
  const bound = aToken({ claims: { ...lifetime(), cnf: { 'x5t#S256': x5t } } })
  const token = aToken({ claims: lifetime() })
  const proof = ({ claims, ...changes }: JwtChanges = {}) =>
    aProof(token, {
      claims: { jti: randomUUID(), iat: now(), htu: `${AUDIENCE}/accounts`, ...claims },
      ...changes,
    })
  const withProof = (changes?: JwtChanges) =>
    head('/accounts', `Authorization: DPoP ${token}`, `DPoP: ${proof(changes)}`)
  return {
    plain: () => head('/status'),
    bare: () => head('/accounts'),
    bearer: () => head('/accounts', `Authorization: Bearer ${bound}`),
    proved: (count) => Array.from({ length: count }, () => withProof()).join(''),
    wrongMethod: () => withProof({ claims: { htm: 'POST' } }),
    wrongKey: () => withProof({ key: aKey('ES256', 'thief') }),
    forged: () => withProof({ key: aKey('ES256', 'thief'), header: { jwk: aKey('ES256', 'client').jwk } }),
  }
}

function head(path: string, ...fields: readonly string[]): string {
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: ${new URL(AUDIENCE).host}`,
    'Accept: application/json',
    ...fields,
  ]
  return `${lines.join('\r\n')}\r\n\r\n`
}

function lifetime(): { readonly iat: number; readonly exp: number } {
  return { iat: now() - 30, exp: now() + 3_600 }
}

function now(): number {
  return Math.floor(Date.now() / 1000)
}
