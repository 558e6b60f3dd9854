import type { Members } from '../support/jws.ts'
import { freshKey, type SigningKey } from '../support/keys.ts'
import { type ClientCertificate, x5tOf } from '../support/wire-pki.ts'
import { nowSeconds, ORIGIN, proof, token } from '../support/wire-tokens.ts'

/** A client: its name, its token, and how it proves that the token is its own. */
export interface Identity {
  readonly name: string
  readonly token: string
  /** Of its DPoP proofs; null: its certificate is its proof. */
  readonly key: SigningKey | null
  readonly certificate: ClientCertificate | null
  /** The last nonce that it was given (RFC 9449 §8.2). */
  nonce: string | null
}

export interface IssuerOfTokens {
  readonly issuer: string
  readonly key: SigningKey
}

/** A client with a DPoP key and a token of this issuer, or of that of the tests. */
export function dpopIdentity(name: string, from?: IssuerOfTokens): Identity {
  const key = freshKey('ES256')
  const claims = { ...lasting(), client_id: name, cnf: { jkt: key.jkt } }
  const made =
    from === undefined
      ? token({ claims })
      : token({ claims: { ...claims, iss: from.issuer }, key: from.key, header: { kid: from.key.kid } })
  return { name, token: made, key, certificate: null, nonce: null }
}

/** A client with a DPoP key and a token that says nothing by itself. */
export function opaqueIdentity(name: string, issue: (claims: Members) => string): Identity {
  const key = freshKey('ES256')
  const token = issue({ client_id: name, cnf: { jkt: key.jkt } })
  return { name, token, key, certificate: null, nonce: null }
}

export function mtlsIdentity(name: string, certificate: ClientCertificate): Identity {
  const claims = { ...lasting(), client_id: name, cnf: { 'x5t#S256': x5tOf(certificate) } }
  return { name, token: token({ claims }), key: null, certificate, nonce: null }
}

/** What changes a proof into one that must be refused, or a token. */
export interface Changes {
  readonly claims?: { readonly [name: string]: unknown }
  readonly key?: SigningKey
  readonly header?: { readonly [name: string]: unknown }
  readonly token?: string
}

/** The fields that prove who asks: a fresh proof each time, where proofs are made. */
export function proved(identity: Identity, method: string, path: string, changes: Changes = {}): string[] {
  const { key, nonce } = identity
  const accessToken = changes.token ?? identity.token
  if (key === null) return ['authorization', `Bearer ${accessToken}`]
  const claims = { htm: method, htu: ORIGIN + path, ...(nonce === null ? {} : { nonce }), ...changes.claims }
  const shown = { jwk: (changes.key ?? key).jwk }
  const made = proof(accessToken, {
    key: changes.key ?? key,
    header: { ...shown, ...changes.header },
    claims,
  })
  return ['authorization', `DPoP ${accessToken}`, 'dpop', made]
}

function lasting(): { readonly iat: number; readonly exp: number } {
  return { iat: nowSeconds() - 5, exp: nowSeconds() + 36_000 }
}
