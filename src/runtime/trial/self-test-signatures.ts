import type { KeyObject } from 'node:crypto'
import type { UnixSeconds } from '../../domain/check.ts'
import { isDenial } from '../../domain/denial.ts'
import type { Algorithm } from '../../verify/jose/algorithms.ts'
import { readJwkSet } from '../../verify/jose/jwk-set.ts'
import { heldKeys } from '../../verify/jose/key-set.ts'
import { signatureOf } from '../../verify/jose/sign.ts'
import { fapi2 } from '../../verify/message-signature/profile.ts'
import { prepareSignature, signatureFields } from '../../verify/message-signature/sign.ts'
import { verifySignatures } from '../../verify/message-signature/verify.ts'

/** One request that was tried. */
export interface Trial {
  readonly what: string
  /** `admitted`, or the code of a denial. */
  readonly expected: string
  readonly came: string
}

/** Requests whose message signature (RFC 9421) is good, and not, by the profile `fapi2`. */
export function tryMessageSignatures(
  algorithm: Algorithm,
  key: KeyObject,
  jwk: object,
  now: UnixSeconds,
  verify: typeof verifySignatures = verifySignatures,
): readonly Trial[] {
  const keys = readJwkSet({ keys: [{ ...jwk, kid: 'client', use: 'sig' }] }) ?? []
  const parameters = { created: now, keyid: 'client', tag: fapi2.request.tag }
  const unsigned = prepareSignature(
    fapi2.request.coverage.always,
    parameters,
    { request: REQUEST, response: null },
    fapi2.request.fieldTypes,
  )
  if (isDenial(unsigned)) return [{ what: 'a request to be signed', expected: ADMITTED, came: unsigned.code }]
  const good = signatureOf(algorithm, key, Buffer.from(unsigned.base, 'latin1'))
  const altered = Buffer.from(good)
  altered[0] = (altered[0] as number) ^ 1
  const outcome = (signature: Buffer, changes: Partial<typeof REQUEST> = {}) => {
    const [, input = null, , value = null] = signatureFields('sig1', unsigned, signature)
    const message = { request: { ...REQUEST, ...changes }, response: null }
    const verdict = verify(
      { message, input, signature: value, hasBody: false },
      fapi2.request,
      { owner: 'self-test', keys: heldKeys(keys) },
      now,
    )
    if (Array.isArray(verdict)) return ADMITTED
    return isDenial(verdict) ? verdict.code : 'undecided'
  }
  const other = { path: '/other', requestTarget: '/other' }
  return [
    { what: 'a signed request', expected: ADMITTED, came: outcome(good) },
    { what: 'a request whose signature was altered', expected: 'SIG_INVALID', came: outcome(altered) },
    { what: 'a signed request that was altered', expected: 'SIG_INVALID', came: outcome(good, other) },
  ].map((trial) => ({ ...trial, what: `${trial.what}, ${algorithm.name}` }))
}

const ADMITTED = 'admitted'
const REQUEST = {
  method: 'GET',
  origin: 'https://self-test.example',
  authority: 'self-test.example',
  path: '/tried',
  query: null,
  requestTarget: '/tried',
  fields: ['host', 'self-test.example', 'authorization', 'DPoP none'],
}
