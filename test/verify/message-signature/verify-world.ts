import type { KeySource } from '../../../src/domain/ports.ts'
import type { RequestFacts } from '../../../src/domain/request-facts.ts'
import type { VerificationKey } from '../../../src/verify/jose/jwk-set.ts'
import { fapi2, type SignatureRules } from '../../../src/verify/message-signature/profile.ts'
import { verifySignatures } from '../../../src/verify/message-signature/verify.ts'
import { NOW } from '../../support/clock.ts'
import { joined } from '../../support/http-message.ts'
import { aKey, verificationKeys } from '../../support/keys.ts'
import { outcome } from '../../support/outcome.ts'
import { aRequest } from '../../support/request.ts'
import { aSignature, COMPONENTS, clientKey, type SignatureChanges } from '../../support/signature.ts'
import { keySource } from '../../support/token.ts'

const HEAD = ['Host', 'api.bank.example', 'Authorization', 'DPoP a.b.c', 'DPoP', 'd.e.f', 'Date', 'today']
export const DIGEST = ['Content-Digest', 'sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:']
export const REQUEST = aRequest({ fields: HEAD, query: 'a=1&b=2' })
export const WITH_BODY = aRequest({ method: 'POST', fields: [...HEAD, ...DIGEST], query: 'a=1&b=2' })
export const WITH_DIGEST = [...COMPONENTS, 'content-digest']
export const ES256 = clientKey()
/** Every parameter that means something. */
export const PARAMETERS = {
  created: NOW,
  expires: NOW + 60,
  nonce: 'n-1',
  alg: 'ecdsa-p256-sha256',
  keyid: ES256.kid,
  tag: 'fapi-2-request',
}
/** Those of the client `tpp-1`. */
export const KEYS = verificationKeys(
  ES256,
  aKey('Ed25519', 'c'),
  aKey('PS256', 'c'),
  aKey('ES384', 'c'),
  aKey('RS256', 'c'),
)

/** How it is judged, where it is not `REQUEST` by the profile `fapi2` and the keys of the client. */
export interface Judging {
  readonly rules?: SignatureRules
  readonly signer?: { readonly owner: string; readonly keys: KeySource<VerificationKey> }
  readonly request?: RequestFacts
  readonly hasBody?: boolean
}

export const rules = (changes: Partial<SignatureRules> = {}): SignatureRules => ({
  ...fapi2.request,
  ...changes,
})

export function judge(fields: readonly string[], how: Judging = {}) {
  return verifySignatures(
    {
      message: { request: how.request ?? REQUEST, response: null },
      input: joined(fields, 'signature-input'),
      signature: joined(fields, 'signature'),
      hasBody: how.hasBody ?? false,
    },
    how.rules ?? rules(),
    how.signer ?? { owner: 'tpp-1', keys: keySource(KEYS, 'absent') },
    NOW,
  )
}

export const verdict = (fields: readonly string[], how: Judging = {}) => outcome(judge(fields, how))

/** Signs the request with these changes, and judges that. */
export const given = (changes: SignatureChanges = {}, how: Judging = {}) =>
  verdict(aSignature(how.request ?? REQUEST, changes), how)

/** The fields of a valid signature, with something done to the text of one of them. */
export const altered = (name: 'signature-input' | 'signature', alter: (text: string) => string) =>
  aSignature(REQUEST).map((text, at, all) => (all[at - 1] === name ? alter(text) : text))
