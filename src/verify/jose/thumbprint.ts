import { hash } from 'node:crypto'
import type { PublicJwk } from './public-key.ts'

/** RFC 7638 §3: SHA-256 over the required members, ordered, without white space; base64url. */
export function thumbprint(jwk: PublicJwk): string {
  return hash('sha256', canonical(jwk), 'base64url')
}

function canonical(jwk: PublicJwk): string {
  if (jwk.kty === 'EC') return `{"crv":"${jwk.crv}","kty":"EC","x":"${jwk.x}","y":"${jwk.y}"}`
  if (jwk.kty === 'OKP') return `{"crv":"${jwk.crv}","kty":"OKP","x":"${jwk.x}"}`
  return `{"e":"${jwk.e}","kty":"RSA","n":"${jwk.n}"}`
}
