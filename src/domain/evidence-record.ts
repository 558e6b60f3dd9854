import type { JsonObject } from '../codec/json.ts'

/** What is kept of one message of a signed exchange, so that it can be shown years later. Plain data. */
export interface EvidenceRecord {
  /** `request`: let through, and about to be forwarded. `answer`: what came of it. `refusal`: the request was not let through. */
  readonly kind: 'request' | 'answer' | 'refusal'
  /** Binds the records of one exchange; made here, unlike the interaction id, which a client may choose. */
  readonly exchange: string
  readonly interaction_id: string
  readonly listener: string
  readonly route: string | null
  /** Fingerprint of the configuration that judged it. */
  readonly snapshot: string
  readonly method: string
  /** `@target-uri` (RFC 9421 §2.2.2). */
  readonly target: string
  readonly issuer: string | null
  readonly client_id: string | null
  readonly subject: string | null
  /** SHA-256 of the access token, base64url. */
  readonly token_sha256: string | null
  /** By which its issuer knows the token (RFC 7519 §4.1.7). */
  readonly jti: string | null
  /** Thumbprint of the proved DPoP key. */
  readonly jkt: string | null
  /** Thumbprint of the TLS client certificate. */
  readonly x5t_s256: string | null
  /** Its subject: by word of its CA, or where any certificate will do (`client_certificate_mode: pop`) of its holder alone. */
  readonly x5t_subject: string | null
  /** `admitted`, `answered`, `broken off`, `client gone`, `cut at the end` (of the gateway), or the code of the denial. */
  readonly verdict: string
  /** Null in a `request`, which has no answer yet. */
  readonly status: number | null
  readonly signatures: readonly SignatureEvidence[]
  /** Of the content of this message as we computed them, by algorithm, base64. */
  readonly digests: { readonly [algorithm: string]: string }
  /** The content of this message, base64; null where it is not kept. */
  readonly body: string | null
}

/** A signature that was verified, or made by us, with all that verifies it again. */
export interface SignatureEvidence {
  /** `issuer`: the authorization server, of the token. */
  readonly by: 'client' | 'issuer' | 'gateway'
  readonly label: string
  /** RFC 9421 §2.5: what the signature is of. Where it covers them it holds the access token and the proof. */
  readonly base: string
  /** Base64. */
  readonly signature: string
  /** By its JWS name. */
  readonly algorithm: string
  readonly keyid: string | null
  /** RFC 7638. */
  readonly thumbprint: string
  /** The public key. */
  readonly jwk: JsonObject
}
