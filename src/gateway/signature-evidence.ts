import type { KeyObject } from 'node:crypto'
import { type CompactJws, parseCompactJws } from '../codec/compact-jws.ts'
import type { JsonObject } from '../codec/json.ts'
import type { SignatureEvidence } from '../domain/evidence-record.ts'
import { algorithms } from '../verify/jose/algorithms.ts'
import { readPublicJwk } from '../verify/jose/public-key.ts'
import { thumbprint } from '../verify/jose/thumbprint.ts'
import type { Exchange } from './exchange.ts'

/**
 * What the client has signed, as far as it was verified: its message signatures (RFC 9421), and its DPoP proof, which is one over
 * method, target, token and time (RFC 9449 §4.2).
 */
export function clientSignatures({ facts, evidence }: Exchange): readonly SignatureEvidence[] {
  const signed = (evidence.signatures ?? []).map(({ label, input, key, algorithm, base, octets }) =>
    signatureOf(
      'client',
      { label, base, octets, algorithm: algorithm.name, keyid: input.keyid },
      jwkOf(key.key),
    ),
  )
  const proof = evidence.possession?.once == null ? undefined : parseCompactJws(facts?.dpop ?? '')
  if (proof === undefined) return signed
  return [...signed, signatureOf('client', madeOf('dpop', proof), proof.header['jwk'])]
}

/** What the authorization server signed of the token when it was asked about it (FAPI2-MS §5.5, RFC 9701). */
export function issuerSignatures({ evidence }: Exchange): readonly SignatureEvidence[] {
  const signed = evidence.introspection?.signed
  const jws = signed == null ? undefined : parseCompactJws(signed.jws)
  return jws === undefined ? [] : [signatureOf('issuer', madeOf('introspection', jws), signed?.jwk)]
}

/** What we have signed of the answer. `keys`: our public keys by name. */
export function gatewaySignatures(
  { answerSignatures }: Exchange,
  keys: (keyId: string) => JsonObject | undefined,
): readonly SignatureEvidence[] {
  return (answerSignatures ?? []).map(({ label, base, signature, keyId, algorithm }) =>
    signatureOf('gateway', { label, base, octets: signature, algorithm, keyid: keyId }, keys(keyId)),
  )
}

interface Made {
  readonly label: string
  readonly base: string
  readonly octets: Uint8Array
  readonly algorithm: string
  readonly keyid: string | null
}

function madeOf(label: string, { header, signingInput: base, signature: octets }: CompactJws): Made {
  const { alg, kid } = header
  return { label, base, octets, algorithm: String(alg), keyid: typeof kid === 'string' ? kid : null }
}

/** With the required members of the key alone, as its thumbprint is over those (RFC 7638 §3.2). */
function signatureOf(by: SignatureEvidence['by'], made: Made, jwk: unknown): SignatureEvidence {
  const algorithm = algorithms.get(made.algorithm)
  const key = algorithm === undefined ? undefined : readPublicJwk(jwk, algorithm)
  return {
    by,
    label: made.label,
    base: made.base,
    signature: Buffer.from(made.octets).toString('base64'),
    algorithm: made.algorithm,
    keyid: made.keyid,
    // A key that is not at hand is missed by whoever verifies; the signature is kept all the same.
    thumbprint: key === undefined ? '' : thumbprint(key),
    jwk: { ...key },
  }
}

function jwkOf(key: KeyObject): unknown {
  const known = exported.get(key)
  if (known !== undefined) return known
  const jwk = key.export({ format: 'jwk' })
  exported.set(key, jwk)
  return jwk
}

const exported = new WeakMap<KeyObject, object>()
