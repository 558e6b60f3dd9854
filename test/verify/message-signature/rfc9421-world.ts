import { createPublicKey } from 'node:crypto'
import { readJwkSet, type VerificationKey } from '../../../src/verify/jose/jwk-set.ts'
import { fapi2, type SignatureRules } from '../../../src/verify/message-signature/profile.ts'
import { allowSignatures } from '../../../src/verify/message-signature/signature-algorithms.ts'
import { vectors } from '../../support/vectors.ts'

export interface Vector {
  readonly id: string
  readonly kind: 'request' | 'response'
  readonly message: string
  readonly related_request?: string
  readonly label: string
  readonly keyid: string
  readonly alg: string
  readonly signature_base: string
  readonly expected: 'valid' | 'invalid'
}

interface Key {
  readonly alg: string
  readonly public_pem?: string
  readonly secret_base64?: string
}

export const file = vectors<{
  readonly keys: { readonly [name: string]: Key }
  readonly vectors: readonly Vector[]
}>('rfc9421/rfc9421-vectors.json')

export const NOW = 1_618_884_480
/** Takes whatever the vectors have signed, by whichever algorithm. */
export const ANY: SignatureRules = {
  ...fapi2.request,
  tag: null,
  coverage: { always: [], ifPresent: [], ifBody: [] },
  maxAge: 1_000,
  clockSkew: 0,
  requiresKeyid: false,
  algorithms: allowSignatures([
    'ecdsa-p256-sha256',
    'ecdsa-p384-sha384',
    'ed25519',
    'rsa-pss-sha512',
    'rsa-v1_5-sha256',
  ]),
}

export function keyNamed({ keyid, alg }: { readonly keyid: string; readonly alg: string }): VerificationKey {
  const key = createPublicKey(file.keys[keyid]!.public_pem!)
  const jws = { 'rsa-pss-sha512': 'PS512', 'ecdsa-p256-sha256': 'ES256', ed25519: 'Ed25519' }[alg]
  return readJwkSet({ keys: [{ ...key.export({ format: 'jwk' }), kid: keyid, alg: jws }] })![0]!
}
