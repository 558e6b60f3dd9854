import { isDenial } from '../../../src/domain/denial.ts'
import { digestField, wantedAlgorithm } from '../../../src/verify/content-digest/answer.ts'
import {
  expectDigests,
  hasDecisiveTrailer,
  readIntegrityField,
} from '../../../src/verify/content-digest/expect.ts'
import { contentDigest, contentHasher } from '../../../src/verify/content-digest/hasher.ts'
import { digestRule, matchDigests } from '../../../src/verify/content-digest/match.ts'
import { isOfBefore, nonceTime } from '../../../src/verify/dpop/nonce.ts'
import { checkProof } from '../../../src/verify/dpop/proof.ts'
import { readProofKey } from '../../../src/verify/dpop/proof-key.ts'
import { algorithms } from '../../../src/verify/jose/algorithms.ts'
import { namesTwice, readJwkSet } from '../../../src/verify/jose/jwk-set.ts'
import { heldKeys, KeySet } from '../../../src/verify/jose/key-set.ts'
import { mediaTypeOf } from '../../../src/verify/jose/media-type.ts'
import { hasPassed, isNumericDate, isOptionalDate, liesAhead } from '../../../src/verify/jose/numeric-date.ts'
import {
  hasPrivatePart,
  importPublicKey,
  type PublicJwk,
  readPublicJwk,
} from '../../../src/verify/jose/public-key.ts'
import { padded, verifies } from '../../../src/verify/jose/signature.ts'
import { findSigner } from '../../../src/verify/jose/signer.ts'
import { thumbprint } from '../../../src/verify/jose/thumbprint.ts'
import { hasWeakModulus } from '../../../src/verify/jose/weak-modulus.ts'
import { offerOf, readWishes } from '../../../src/verify/message-signature/accept-signature.ts'
import {
  type Component,
  memberOfRequest,
  parseComponent,
  readComponent,
} from '../../../src/verify/message-signature/component.ts'
import { componentValue } from '../../../src/verify/message-signature/component-value.ts'
import { checkCoverage, componentsFor } from '../../../src/verify/message-signature/coverage.ts'
import { fieldTypes } from '../../../src/verify/message-signature/field-types.ts'
import { ParsedParts } from '../../../src/verify/message-signature/parsed-parts.ts'
import { fapi2 } from '../../../src/verify/message-signature/profile.ts'
import { ownParameters, prepareSignature } from '../../../src/verify/message-signature/sign.ts'
import {
  algorithmNamed,
  registeredName,
  verifiesMac,
} from '../../../src/verify/message-signature/signature-algorithms.ts'
import { signatureBase, signatureParams } from '../../../src/verify/message-signature/signature-base.ts'
import {
  readSignatureInput,
  readSignatures,
  tagOf,
} from '../../../src/verify/message-signature/signature-input.ts'
import { verifySignatures } from '../../../src/verify/message-signature/verify.ts'
import { checkCertificateBinding } from '../../../src/verify/mtls/binding.ts'
import { NOW } from '../clock.ts'
import { aJws, base64url } from '../jws.ts'
import { verificationKeys } from '../keys.ts'
import { dpopRules, nonceRules, proofClaims, proofHeader } from '../proof.ts'
import { aPeer } from '../request.ts'
import { keySource, presented, THUMBPRINT } from '../token.ts'
import type { Inputs } from './inputs.ts'
import { aFacts, anItem, BARE_ITEMS, CLIENT, EMPTY_BODY, SIGNER_KEYS } from './world.ts'

/** Of the rooms of verify that read keys, proofs, signatures and digests. */
export const PROOF_INPUTS: Inputs = {
  parseComponent: (text) => [parseComponent(text), parseComponent(`"${text}";key="${text}"`)],
  readComponent: (text) => BARE_ITEMS(text).map((bare) => readComponent(anItem(bare))),
  ParsedParts: (text) => {
    const parsed = new ParsedParts()
    return [parsed.parameter(text, text), parsed.parameter(text, 'a'), parsed.dictionary(text, text)]
  },
  componentValue: (text) =>
    componentsOf(text).map((each) => componentValue(each, messageWith(text), fieldTypes)),
  memberOfRequest: (text) => memberOfRequest('signature', text),
  signatureParams: (text) => signatureParams(componentsOf(text), text),
  signatureBase: (text) => signatureBase(componentsOf(text), text, messageWith(text), fieldTypes),
  ownParameters: (text) => ownParameters({ tag: text, expiresAfter: 1 }, text, NOW),
  prepareSignature: (text) =>
    prepareSignature(componentsOf(text), { nonce: text, tag: text }, messageWith(text), fieldTypes),
  componentsFor: (text) => componentsFor(fapi2.request.coverage, messageWith(text), true),
  checkCoverage: (text) => checkCoverage(fapi2.request.coverage.always, componentsOf(text)),
  readSignatures: (text) => [
    readSignatures(text, text),
    readSignatures(`sig1=(${text})`, 'sig1=:AA==:'),
    readSignatures('sig1=()', `sig1=${text}`),
  ],
  readSignatureInput: (text) => inputsOf(text).map((input) => readSignatureInput(input)),
  tagOf: (text) => inputsOf(text).map((input) => tagOf(input)),
  offerOf: (text) => offerOf(fapi2.request, messageWith(text), true),
  readWishes: (text) => [readWishes(text), readWishes(`a=(${text});nonce="${text}"`)],
  algorithmNamed: (text) => algorithmNamed(text, fapi2.request.algorithms),
  registeredName: (text) => registeredName(text),
  verifiesMac: (text) => verifiesMac(Buffer.from(text), text, Buffer.from(text)),
  verifySignatures: (text) =>
    [text, `sig1=("@method" ${text});created=${NOW};tag="fapi-2-request"`, `sig1=();${text}`].map((input) => {
      const subject = { message: messageWith(text), input, signature: `sig1=:${text}:`, hasBody: false }
      return verifySignatures(subject, { ...fapi2.request, tag: null }, SIGNER_KEYS, NOW)
    }),
  readIntegrityField: (text) => [readIntegrityField(text), readIntegrityField(`sha-256=:${text}:`)],
  mediaTypeOf: (text, value) => [mediaTypeOf(text), mediaTypeOf(value)],
  isNumericDate: (_, value) => isNumericDate(value),
  hasPassed: (_, value) => isNumericDate(value) && hasPassed(value, NOW),
  liesAhead: (_, value) => isNumericDate(value) && liesAhead(value, 10, NOW),
  isOptionalDate: (_, value) => isOptionalDate(value),
  hasPrivatePart: (_, value) => hasPrivatePart(value),
  readPublicJwk: (text, value) =>
    [...algorithms.values()].map((algorithm) => [
      readPublicJwk(value, algorithm),
      readPublicJwk(
        { kty: algorithm.kty, crv: algorithm.crv, x: text, y: value, n: text, e: text },
        algorithm,
      ),
    ]),
  importPublicKey: (text) => importPublicKey({ kty: 'OKP', crv: 'Ed25519', x: text } satisfies PublicJwk),
  thumbprint: (text) => thumbprint({ kty: 'OKP', crv: 'Ed25519', x: text }),
  hasWeakModulus: (text) => hasWeakModulus(Buffer.from(text.slice(0, 1024))),
  namesTwice: (text, value) => [
    namesTwice(value),
    namesTwice({ keys: value }),
    namesTwice({ keys: [value, { kid: text }] }),
  ],
  KeySet: (text) => [KeySet.none.candidates(text), KeySet.none.knows(text)],
  heldKeys: (text) => [heldKeys([]).candidates(text), heldKeys([]).standing(text)],
  readJwkSet: (text, value) => [
    readJwkSet(value),
    readJwkSet({ keys: value }),
    readJwkSet({ keys: [value, { kty: 'RSA', n: text, e: text }] }),
  ],
  padded: () => [...algorithms.values()].map((algorithm) => padded(KEY.key, algorithm)),
  verifies: (text) => verifies(algorithms.get('ES256')!, KEY.key, text, Buffer.from(text).subarray(0, 64)),
  findSigner: (text, value) => {
    const jwt = {
      header: { kid: value, [text]: value },
      claims: {},
      signature: Buffer.from(text),
      signingInput: text,
    }
    return findSigner(jwt, algorithms.get('ES256')!, keySource(verificationKeys(CLIENT)))
  },
  readProofKey: (text, value) => [
    readProofKey(text, dpopRules().algorithms),
    readProofKey(base64url(JSON.stringify({ ...proofHeader(CLIENT), jwk: value })), dpopRules().algorithms),
  ],
  checkProof: (text, value) => {
    const claims = proofClaims('t')
    const proofs = [
      text,
      aJws({ ...proofHeader(CLIENT), jwk: value }, claims, CLIENT),
      aJws(proofHeader(CLIENT), { ...claims, htu: text, jti: value }, CLIENT),
    ]
    const bound = { hash: presented('t').hash, jkt: CLIENT.jkt }
    return proofs.map((proof) => checkProof(proof, bound, aFacts(), dpopRules(), NOW))
  },
  checkCertificateBinding: (text) => [
    checkCertificateBinding(text, { peer: aPeer(), peerRejected: null }, NOW),
    checkCertificateBinding(THUMBPRINT, { peer: aPeer({ thumbprint: text }), peerRejected: null }, NOW),
    checkCertificateBinding(THUMBPRINT, { peer: null, peerRejected: text }, NOW),
  ],
  expectDigests: (text) =>
    ['content-digest', 'repr-digest', 'trailer'].map((name) =>
      expectDigests(aFacts({ hasBody: true, contentLength: null, fields: [name, text] }), 'required'),
    ),
  hasDecisiveTrailer: (text) => hasDecisiveTrailer([text, text, text]),
  digestRule: (text) => digestRule('optional')(aFacts({ fields: ['content-digest', `sha-256=:${text}:`] })),
  matchDigests: (text) => {
    const expected = [{ algorithm: 'sha-256' as const, digest: Buffer.from(text) }]
    const expectation = { content: expected, representation: expected, wanting: null }
    return matchDigests({ ...EMPTY_BODY, trailers: [text] }, expectation)
  },
  wantedAlgorithm: (text) => wantedAlgorithm(['want-content-digest', text, text, text]),
  digestField: (text) => digestField('sha-256', text),
  contentDigest: (text) =>
    [[], [text], [text, text]].map((parts) =>
      contentDigest(
        'sha-512',
        parts.map((part) => Buffer.from(part)),
      ),
    ),
  contentHasher: (text) => {
    const hasher = contentHasher(['sha-256', 'sha-512'])
    hasher.add(Buffer.from(text))
    return hasher.digests()
  },
  nonceTime: (text, value) => [
    nonceTime(text, nonceRules(), NOW),
    nonceTime(value, nonceRules({ mode: 'required' }), NOW),
  ],
  isOfBefore: (text, value) => [isOfBefore(text, nonceRules()), isOfBefore(value, nonceRules())],
}

const componentsOf = (text: string): readonly Component[] =>
  ['@target-uri', '@query-param;name="a"', 'x', 'x;bs', 'priority;sf', 'priority;key="a"', text]
    .map((each) => parseComponent(each))
    .filter((each) => each !== undefined)
const messageWith = (text: string) => ({
  request: aFacts({ query: text, path: text, fields: ['x', text, 'priority', text] }),
  response: null,
})
const inputsOf = (text: string) => {
  const given = readSignatures(`sig1=(${text});tag="${text}";created=1`, 'sig1=:AA==:')
  return isDenial(given) ? [] : given.map(({ input }) => input)
}
const KEY = verificationKeys(CLIENT)[0]!
