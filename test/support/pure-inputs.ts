import { normalAuthority, withoutPort } from '../../src/codec/authority.ts'
import { isSha256Text, parseBase64url } from '../../src/codec/base64url.ts'
import { certificatesIn, parseCertificate, thumbprintOf } from '../../src/codec/certificate.ts'
import { Chunks } from '../../src/codec/chunks.ts'
import { parseCompactJweHeader } from '../../src/codec/compact-jwe.ts'
import {
  parseCompactJws,
  parseCompactJwt,
  parseJsonPart,
  splitCompactJws,
} from '../../src/codec/compact-jws.ts'
import { normalDecimal } from '../../src/codec/decimal.ts'
import { elementAt, elementsIn } from '../../src/codec/der.ts'
import { derSignature } from '../../src/codec/der-signature.ts'
import { nameText, subjectText } from '../../src/codec/distinguished-name.ts'
import {
  announcedLength,
  combinedValue,
  connectionOptions,
  fieldValue,
  scanFields,
  withoutFields,
} from '../../src/codec/field-scan.ts'
import { fieldNames, readHead, withoutWhitespace } from '../../src/codec/head.ts'
import {
  isJsonObject,
  isOptionalText,
  isStrings,
  isText,
  parseExactJsonObject,
  parseJsonObject,
  repeatsMembers,
} from '../../src/codec/json.ts'
import { ownText } from '../../src/codec/own-text.ts'
import { octetOf, percentDecoded } from '../../src/codec/percent.ts'
import { revocationListsIn } from '../../src/codec/revocation-list.ts'
import { type BareItem, parseDictionary, parseItem, parseList } from '../../src/codec/structured-field.ts'
import {
  serialiseBareItem,
  serialiseDictionary,
  serialiseItem,
  serialiseList,
  serialiseMember,
  serialiseParameters,
} from '../../src/codec/structured-field-text.ts'
import {
  differingParts,
  isQuery,
  normalPercent,
  normalTarget,
  readPath,
  routingForm,
  sameTarget,
  withoutSecrets,
} from '../../src/codec/target-uri.ts'
import { answerBody, strangeSlots } from '../../src/decision/answer-body.ts'
import { bodyOfAuthority, checkAuthority } from '../../src/decision/authority.ts'
import { refusal } from '../../src/decision/challenge.ts'
import { decideConsent } from '../../src/decision/consent.ts'
import { answerPreflight, corsFields } from '../../src/decision/cors.ts'
import { decide, judge } from '../../src/decision/decide.ts'
import { decideBody, readHolds } from '../../src/decision/decide-body.ts'
import { Evidence } from '../../src/decision/evidence.ts'
import { compareAuthority, compareRule } from '../../src/decision/explain/authority.ts'
import { compareBody, compareContent } from '../../src/decision/explain/body.ts'
import { compareConsent } from '../../src/decision/explain/consent.ts'
import { explain, type Judged, whatDiffers } from '../../src/decision/explain/explain.ts'
import { compareForward } from '../../src/decision/explain/forward.ts'
import { comparePossession } from '../../src/decision/explain/possession.ts'
import { compareProof } from '../../src/decision/explain/proof.ts'
import {
  compareCredential,
  comparePreflight,
  compareRoute,
  compareShape,
} from '../../src/decision/explain/request.ts'
import { compareScan } from '../../src/decision/explain/scan.ts'
import { Lines, moment, shown, written } from '../../src/decision/explain/shown.ts'
import { compareSignature } from '../../src/decision/explain/signature.ts'
import { compareSpend } from '../../src/decision/explain/spend.ts'
import type { Comparison } from '../../src/decision/explain/steps.ts'
import { compareRevocation, compareToken } from '../../src/decision/explain/token.ts'
import { verifyMessageSignature } from '../../src/decision/message-signature.ts'
import { peerOf, rawRequest, requestFacts } from '../../src/decision/node-request.ts'
import { readPathParameters } from '../../src/decision/path-parameters.ts'
import { type Possession, schemesOf, verifyPossession } from '../../src/decision/possession.ts'
import {
  checkRequiredHeader,
  checkRequiredHeaders,
  FORMS,
  type HeaderForm,
} from '../../src/decision/required-headers.ts'
import { checkRevocation } from '../../src/decision/revocation.ts'
import { Router } from '../../src/decision/router.ts'
import { originsOf, scan } from '../../src/decision/scan.ts'
import { judgeInShadow } from '../../src/decision/shadow.ts'
import { signaturesDue } from '../../src/decision/sign-answer.ts'
import { upstreamIdentity } from '../../src/decision/upstream-identity.ts'
import { Admission } from '../../src/decision/verdict.ts'
import { isDenial } from '../../src/domain/denial.ts'
import { TextMap } from '../../src/domain/text-map.ts'
import { isProtectedField, isTrustedField } from '../../src/domain/trusted-fields.ts'
import { acceptIntrospection } from '../../src/verify/access-token/accept-introspection.ts'
import { readAudience, readClaims, readConfirmation } from '../../src/verify/access-token/claims.ts'
import { D } from '../../src/verify/access-token/denials.ts'
import {
  clientIdOf,
  grantOf,
  hasAcceptedType,
  isAccessToken,
  misreadScope,
  scopesOf,
} from '../../src/verify/access-token/dialect.ts'
import { dialects } from '../../src/verify/access-token/dialects.ts'
import { isForUs, openToken, recipients } from '../../src/verify/access-token/encrypted.ts'
import { extractCredentials, schemeOf } from '../../src/verify/access-token/extract.ts'
import type { AccessToken } from '../../src/verify/access-token/token.ts'
import { verifyToken } from '../../src/verify/access-token/verify.ts'
import { isIssuer, verifyAccessToken } from '../../src/verify/access-token/verify-jwt.ts'
import { acrIn, authenticatedWithin } from '../../src/verify/authority/authentication.ts'
import { claimNamesHolder } from '../../src/verify/authority/certificate-name.ts'
import { claimIs } from '../../src/verify/authority/claims.ts'
import { conditionHolds } from '../../src/verify/authority/condition.ts'
import { checkConsent } from '../../src/verify/authority/consent.ts'
import { readConsentId } from '../../src/verify/authority/consent-id.ts'
import { detailCovers } from '../../src/verify/authority/details.ts'
import { grantIs } from '../../src/verify/authority/grant.ts'
import { memberAt, parsePointer } from '../../src/verify/authority/pointer.ts'
import { scopeAnyGranted, scopesGranted } from '../../src/verify/authority/scope.ts'
import { compareWith, matchBody, matchPath } from '../../src/verify/authority/value-match.ts'
import { digestField, wantedAlgorithm } from '../../src/verify/content-digest/answer.ts'
import {
  expectDigests,
  hasDecisiveTrailer,
  readIntegrityField,
} from '../../src/verify/content-digest/expect.ts'
import { contentDigest, contentHasher } from '../../src/verify/content-digest/hasher.ts'
import { digestRule, matchDigests } from '../../src/verify/content-digest/match.ts'
import { isOfBefore, nonceTime } from '../../src/verify/dpop/nonce.ts'
import { checkProof } from '../../src/verify/dpop/proof.ts'
import { readProofKey } from '../../src/verify/dpop/proof-key.ts'
import { algorithms } from '../../src/verify/jose/algorithms.ts'
import { namesTwice, readJwkSet } from '../../src/verify/jose/jwk-set.ts'
import { heldKeys, KeySet } from '../../src/verify/jose/key-set.ts'
import { isNumericDate, isOptionalDate } from '../../src/verify/jose/numeric-date.ts'
import {
  hasPrivatePart,
  importPublicKey,
  type PublicJwk,
  readPublicJwk,
} from '../../src/verify/jose/public-key.ts'
import { padded, verifies } from '../../src/verify/jose/signature.ts'
import { findSigner } from '../../src/verify/jose/signer.ts'
import { thumbprint } from '../../src/verify/jose/thumbprint.ts'
import { hasWeakModulus } from '../../src/verify/jose/weak-modulus.ts'
import { offerOf, readWishes } from '../../src/verify/message-signature/accept-signature.ts'
import {
  type Component,
  memberOfRequest,
  parseComponent,
  readComponent,
} from '../../src/verify/message-signature/component.ts'
import { componentValue } from '../../src/verify/message-signature/component-value.ts'
import { checkCoverage, componentsFor } from '../../src/verify/message-signature/coverage.ts'
import { fieldTypes } from '../../src/verify/message-signature/field-types.ts'
import { ParsedParts } from '../../src/verify/message-signature/parsed-parts.ts'
import { fapi2 } from '../../src/verify/message-signature/profile.ts'
import { prepareSignature } from '../../src/verify/message-signature/sign.ts'
import {
  algorithmNamed,
  registeredName,
  verifiesMac,
} from '../../src/verify/message-signature/signature-algorithms.ts'
import { signatureBase, signatureParams } from '../../src/verify/message-signature/signature-base.ts'
import {
  readSignatureInput,
  readSignatures,
  tagOf,
} from '../../src/verify/message-signature/signature-input.ts'
import { verifySignatures } from '../../src/verify/message-signature/verify.ts'
import { checkCertificateBinding } from '../../src/verify/mtls/binding.ts'
import { checkStatus } from '../../src/verify/status-list/check.ts'
import { verifyStatusListToken } from '../../src/verify/status-list/list-token.ts'
import { readStatusReference } from '../../src/verify/status-list/reference.ts'
import { statusAt } from '../../src/verify/status-list/status.ts'
import { NOW } from './clock.ts'
import { aJws, base64url } from './jws.ts'
import { aKey, verificationKeys } from './keys.ts'
import { dpopRules, nonceRules, proofClaims, proofHeader } from './proof.ts'
import { aPeer, aRawRequest, aRequest } from './request.ts'
import { ANSWERS, aRoute, aSnapshot, demands } from './route.ts'
import { clientKey } from './signature.ts'
import { aStatusListToken, LIST_URI } from './status-list.ts'
import { aToken, aTrust, aVerifiedToken, keySource, presented, THUMBPRINT, tokenClaims } from './token.ts'

/** Every exported function of the pure floors that takes something from outside, given a text and any JSON value. */
export const INPUTS: { readonly [name: string]: (text: string, value: unknown) => unknown } = {
  parseBase64url: (text) => parseBase64url(text),
  isSha256Text: (text, value) => [isSha256Text(text), isSha256Text(value)],
  repeatsMembers: (text, value) => repeatsMembers(text, value),
  isJsonObject: (_, value) => isJsonObject(value),
  parseJsonObject: (text) => [
    parseJsonObject(Buffer.from(text)),
    parseJsonObject(Buffer.from(text, 'latin1')),
  ],
  splitCompactJws: (text) => [splitCompactJws(text), splitCompactJws(`e30.${text}.${text}`)],
  parseJsonPart: (text) => [parseJsonPart(text), parseJsonPart(base64url(text))],
  parseCompactJws: (text) => [parseCompactJws(text), parseCompactJws(`e30.${text}.${text}`)],
  parseCompactJwt: (text) => [parseCompactJwt(text), parseCompactJwt(`e30.${base64url(text)}.`)],
  certificatesIn,
  revocationListsIn: (text) =>
    [text, Buffer.from(text).toString('base64')].map((each) =>
      revocationListsIn(`-----BEGIN X509 CRL-----${each}-----END X509 CRL-----`),
    ),
  elementAt: (text) => [elementAt(Buffer.from(text), 0), elementAt(Buffer.from(text, 'latin1'), 1)],
  elementsIn: (text) => elementsIn(Buffer.from(text, 'latin1'), { tag: 0, start: 0, end: text.length + 1 }),
  nameText: (text) =>
    [0x0c, 0x1e].map((tag) => {
      const name = nameOf(tag, Buffer.from(text).subarray(0, 100))
      return nameText(name, { tag: 0, start: 0, end: name.length })
    }),
  subjectText: (text) => [
    subjectText(Buffer.from(text, 'latin1')),
    subjectText(Buffer.concat([CERTIFICATE_BEGIN, Buffer.from(text)])),
  ],
  parseCertificate: (text) => parseCertificate(Buffer.concat([CERTIFICATE_BEGIN, Buffer.from(text)])),
  thumbprintOf: (text) => thumbprintOf(Buffer.from(text)),
  parseDictionary: (text) => [parseDictionary(text), parseDictionary(`a="${text}";b=:${text}:, a=(${text})`)],
  parseList: (text) => [parseList(text), parseList(`%"${text}";p, ${text}`)],
  parseItem: (text) => [parseItem(text), parseItem(`@${text}`)],
  serialiseBareItem: (text, value) =>
    [...BARE_ITEMS(text), { type: 'decimal', value: typeof value === 'number' ? value : 0.5 } as const].map(
      serialiseBareItem,
    ),
  serialiseParameters: (text) => serialiseParameters(new Map([[text, BARE_ITEMS(text)[0]!]])),
  serialiseItem: (text) => BARE_ITEMS(text).map((bare) => serialiseItem(anItem(bare))),
  serialiseMember: (text) =>
    serialiseMember({ kind: 'inner-list', items: BARE_ITEMS(text).map(anItem), parameters: new Map() }),
  serialiseList: (text) => serialiseList(BARE_ITEMS(text).map(anItem)),
  serialiseDictionary: (text) => serialiseDictionary(new Map([[text, anItem(BARE_ITEMS(text)[0]!)]])),
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
  verifyMessageSignature: (text) => {
    const facts = aFacts({ query: text, fields: [text, text], signatureInput: text, signature: text })
    return verifyMessageSignature(facts, VERIFIED, POSSESSION, SIGNATURES, NOW)
  },
  readIntegrityField: (text) => [readIntegrityField(text), readIntegrityField(`sha-256=:${text}:`)],
  compareSignature: (text) => {
    const evidence = new Evidence()
    evidence.route = aRoute({ demands: demands({ signature: SIGNATURES }) })
    return [text, `sig1=(${text});tag="fapi-2-request"`].map((input) => {
      const facts = aFacts({ signatureInput: input, signature: 'sig1=:AA==:' })
      return [...compareSignature({ facts, evidence, body: null, refused: null, now: NOW })]
    })
  },
  signaturesDue: (text) => {
    const facts = aFacts({
      query: text,
      fields: ['accept-signature', text],
      signatureInput: text,
      signature: text,
    })
    const answer = {
      status: 200,
      fields: [text, text, 'content-type', text],
      hasBody: false,
      isOurs: text.length > 9,
    }
    return signaturesDue(
      facts,
      [],
      answer,
      fapi2.response,
      { keyId: text, algorithm: 'ES256', sign: Buffer.from },
      NOW,
    )
  },
  withoutPort: (text) => withoutPort(text),
  normalAuthority: (text) => [normalAuthority(text, 'https'), normalAuthority(`[${text}]:1`, 'http')],
  readPath: (text) => [readPath(text), readPath(`/${text}`)],
  isQuery: (text) => isQuery(text),
  sameTarget: (text) => [sameTarget(text, TARGET), sameTarget(`${TARGET}/${text}`, TARGET)],
  routingForm: (text) => [routingForm(text), routingForm(`/${text}`)],
  fieldValue: (text) => [fieldValue([text, text], 'host'), fieldValue(['Host', text], text)],
  announcedLength: (text) => announcedLength(['content-length', text]),
  withoutFields: (text) => withoutFields([text, text, 'Host', text], new Set([text, 'host'])),
  combinedValue: (text) => [combinedValue([text, text, text, text], text), combinedValue([text], 'trailer')],
  differingParts: (text) => [differingParts(text, TARGET), differingParts(`https://${text}`, TARGET)],
  normalTarget: (text) => [normalTarget(text), normalTarget(`https://${text}`)],
  withoutSecrets: (text) => withoutSecrets(text),
  percentDecoded: (text) => percentDecoded(text),
  octetOf: (text) => octetOf(text),
  normalPercent: (text) => normalPercent(text),
  Chunks: (text) => [
    new Chunks().read(Buffer.from(text), () => {}),
    new Chunks().read(Buffer.from(`1;${text}\r\nx\r\n0\r\n${text}: ${text}\r\n\r\n`), () => {}),
  ],
  derSignature: (text) => derSignature(Buffer.from(text).subarray(0, 132)),
  withoutWhitespace: (text) => withoutWhitespace(text, 0, text.length),
  readHead: (text) => [
    readHead(Buffer.from(text), (name) => name),
    readHead(Buffer.from(`${text}\r\nA: ${text}\r\n${text}:\t${text}`), (name) => name),
  ],
  fieldNames: (text) => fieldNames((name) => name.toLowerCase())(text),
  connectionOptions: (text) => connectionOptions(text),
  scanFields: (text) => scanFields([text, text, 'Connection', text, text.slice(0, 9), '', 'DPoP', text]),
  isTrustedField: (text) => isTrustedField(text),
  isProtectedField: (text) => isProtectedField(text),
  isNumericDate: (_, value) => isNumericDate(value),
  isOptionalDate: (_, value) => isOptionalDate(value),
  isText: (_, value) => isText(value),
  isOptionalText: (_, value) => isOptionalText(value),
  isStrings: (_, value) => isStrings(value),
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
  readClaims: (text, value) => [
    readClaims(isJsonObject(value) ? value : {}, dialects.rfc9068),
    readClaims({ ...tokenClaims(), scope: text, aud: value, cnf: value }, dialects.rfc9068),
    readClaims({ ...tokenClaims(), cnf: { jkt: value, [text]: value } }, dialects.forgerock),
    readClaims({ ...tokenClaims(), scp: value, roles: [value, text], tid: text, azp: value }, dialects.entra),
  ],
  readAudience: (_, value) => readAudience(value),
  readConfirmation: (text, value) => [
    readConfirmation(value),
    readConfirmation({ jkt: text, [text]: value }),
  ],
  acceptIntrospection: (text, value) =>
    [
      value,
      { active: true, [text]: value },
      { active: true, aud: value, cnf: value, exp: value, scope: text },
    ].map((each) => acceptIntrospection(isJsonObject(each) ? each : {}, presented(text), aTrust(), NOW)),
  verifyToken: (text, value) => {
    const introspection = {
      recall: () => ({ members: { active: value }, signed: null }),
      ask: async () => undefined,
    }
    const asked = aTrust({ introspection })
    const jwt = aJws({ typ: value }, { iss: value, [text]: value }, ISSUING)
    return [text, jwt].map((token) =>
      verifyToken(presented(token), [asked, aTrust()], new Map(), { introspection: null }, NOW),
    )
  },
  isForUs: (text) => isForUs(text, [aTrust()]),
  recipients: (text) => recipients(text, [aTrust()]),
  isIssuer: (text, value) => [isIssuer(aTrust(), text), isIssuer(aTrust(), value)],
  parseCompactJweHeader: (text) => [
    parseCompactJweHeader(text),
    parseCompactJweHeader(`${text}.e30.e30.e30.e30`),
  ],
  hasAcceptedType: (text, value) => [
    hasAcceptedType(text, dialects.okta),
    hasAcceptedType(value, dialects.rfc9068),
  ],
  isAccessToken: (text, value) => isAccessToken({ typ: value, [text]: value }, dialects.keycloak),
  scopesOf: (text, value) => [
    scopesOf({ scp: text, roles: [value, text] }, dialects.entra),
    scopesOf({ scope: value }, dialects.forgerock),
  ],
  misreadScope: (text, value) => [
    misreadScope({ scp: value, roles: [text] }, dialects.entra),
    misreadScope({ scope: value }, dialects.forgerock),
  ],
  clientIdOf: (text, value) =>
    clientIdOf({ client_id: value, azp: [text], aud: [value] }, dialects.forgerock),
  grantOf: (text, value) => grantOf({ idtyp: text, scp: value, sub: value, oid: value }, dialects.entra),
  openToken: (text, value) => {
    const opener = { knows: () => true, opened: () => text, open: async () => false }
    const header = { alg: 'ECDH-ES', enc: 'A256GCM', cty: text, kid: value, zip: value }
    return [text, `${base64url(header)}.e30.e30.e30.e30`].map((token) =>
      openToken(presented(token), [aTrust({ opener })]),
    )
  },
  schemeOf: (text) => schemeOf(text),
  ownText: (text) => ownText(text),
  extractCredentials: (text) => [
    extractCredentials(aFacts({ authorization: text })),
    extractCredentials(aFacts({ authorization: `DPoP ${text}`, query: text })),
  ],
  TextMap: (text) => {
    const map = new TextMap()
    map.set(text, VERIFIED)
    return map.get(text)
  },
  verifyAccessToken: (text, value) => {
    const jwt = aJws(
      { typ: 'at+jwt', alg: value, kid: value, [text]: value },
      { ...tokenClaims(), aud: value },
      ISSUING,
    )
    return [text, jwt, aJws(text, text, ISSUING)].map((token) =>
      verifyAccessToken(presented(token), [aTrust()], new Map(), NOW),
    )
  },
  findSigner: (text, value) => {
    const jwt = {
      header: { kid: value, [text]: value },
      claims: {},
      signature: Buffer.from(text),
      signingInput: text,
    }
    return findSigner(jwt, algorithms.get('ES256')!, keySource(verificationKeys(CLIENT)))
  },
  readStatusReference: (text, value) => [
    readStatusReference(value),
    readStatusReference({ status_list: { idx: value, uri: text } }),
    readStatusReference({ status_list: { idx: 0, uri: `https://${text}` } }),
  ],
  statusAt: (text, value) =>
    statusAt({ ...STATUS_LIST, octets: Buffer.from(text) }, typeof value === 'number' ? value : 0),
  checkStatus: (text, value) => [
    checkStatus({ status: value }, STATUS_RULES, NOW),
    checkStatus(
      { status: { status_list: { idx: value, uri: `https://as.bank.example/${text}` } } },
      STATUS_RULES,
      NOW,
    ),
  ],
  verifyStatusListToken: (text, value) => {
    const trust = {
      issuer: 'https://as.bank.example',
      algorithms,
      clockSkew: 10,
      keys: keySource(verificationKeys(ISSUING)),
    }
    return [
      text,
      aStatusListToken({ header: { typ: value, kid: value, [text]: value } }),
      aStatusListToken({ claims: { iat: value, exp: value, ttl: value, status_list: value } }),
      aStatusListToken({ claims: { status_list: { bits: value, lst: text } } }),
    ].map((each) => verifyStatusListToken(each, LIST_URI, trust, NOW))
  },
  normalDecimal: (text) => [normalDecimal(text), normalDecimal(`1.${text}`), normalDecimal(`1e${text}`)],
  parseExactJsonObject: (text, value) => [
    parseExactJsonObject(Buffer.from(text)),
    parseExactJsonObject(Buffer.from(JSON.stringify({ [text]: value }))),
  ],
  compareWith: (text, value) => [
    compareWith(matchBody('a', ['a'], 'decimal', 'a', ['a']), { a: value }, text),
    compareWith(matchPath('a', ['a'], 'text', 'a'), { a: [value, text] }, value),
  ],
  bodyOfAuthority: (text, value) => {
    const token = {
      ...VERIFIED,
      claims: { authorization_details: [value, { type: 'p', a: value, actions: value, locations: [text] }] },
    } as unknown as AccessToken
    const subject = { token, facts: aFacts(), parameters: new Map() }
    const [rule] = bodyOfAuthority(subject, RULES_OF_AUTHORITY, new Evidence())
    const held = rule?.(aFacts({ hasBody: true, fields: ['content-type', 'application/json'] }), token)
    const bodies = [text, JSON.stringify(value), JSON.stringify({ a: value, [text]: value })]
    const check = held !== undefined && !isDenial(held) ? held.check : () => undefined
    return [
      rule?.(aFacts({ hasBody: true, fields: ['content-type', text, 'content-encoding', text] }), token),
      ...bodies.map((body) => check({ ...EMPTY_BODY, blocks: [Buffer.from(body)] }, NOW)),
    ]
  },
  memberAt: (text, value) => [
    memberAt(value, parsePointer(text)),
    memberAt([{ [text]: value }], ['0', text]),
  ],
  checkRequiredHeader: (text) =>
    (Object.keys(FORMS) as HeaderForm[]).map((form) => checkRequiredHeader(['x', text], { name: 'x', form })),
  checkRequiredHeaders: (text) => checkRequiredHeaders(['X', text], [{ name: 'x', form: 'date' }]),
  readPathParameters: (text) =>
    readPathParameters(
      [
        { name: 'a', index: 0 },
        { name: 'b', index: 5 },
      ],
      `/${text}`,
    ),
  checkAuthority: (text, value) => {
    const claims = { acr: value, auth_time: value, [text]: value, scope: text }
    const token = { ...VERIFIED, scopes: new Set([text]), claims } as unknown as AccessToken
    const subject = { token, facts: aFacts(), parameters: new Map([['a', text]]) }
    return RULES_OF_AUTHORITY.map((rule) => checkAuthority(subject, [rule], new Evidence(), NOW))
  },
  checkRevocation: (text, value) => {
    const claims = { ...VERIFIED.claims, status: value, [text]: value }
    const token = { ...VERIFIED, claims, trust: aTrust({ status: STATUS_RULES }) } as unknown as AccessToken
    return checkRevocation(token, { hits: () => false }, NOW)
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
    checkCertificateBinding(text, aPeer(), NOW),
    checkCertificateBinding(THUMBPRINT, aPeer({ thumbprint: text }), NOW),
  ],
  schemesOf: () => schemesOf({ senders: ['mtls'], strictConfirmation: false, acceptsBearer: false }),
  verifyPossession: (text) =>
    verifyPossession(aFacts({ dpop: text }), presented(TOKEN), VERIFIED, demands(), NOW),
  Router: (text) => [
    ROUTER.match(aFacts({ normalPath: `/${text}`, method: text, authority: text })),
    ROUTER.allowed(aFacts({ normalPath: text })),
  ],
  scan: (text) => {
    const host = ['Host', 'api.bank.example']
    const raws = [
      aRawRequest({ target: text }),
      aRawRequest({ target: `/${text}`, fields: [...host, text, text] }),
      aRawRequest({ target: `https://${text}`, fields: ['Host', text] }),
      aRawRequest({ version: '2', authority: text, fields: ['connection', text, 'content-length', text] }),
      aRawRequest({ fields: [...host, 'transfer-encoding', text] }),
    ]
    return raws.map((raw) => scan(raw, RULES))
  },
  requestFacts: (text) => requestFacts(aNodeRequest(text), RULES),
  rawRequest: (text) => ['1.1', '2.0', text].map((version) => rawRequest(aNodeRequest(text, version), null)),
  peerOf: (text) =>
    peerOf({ authorized: true, getPeerX509Certificate: () => ({ raw: Buffer.from(text) }) }, 'pki'),
  decide: (text) => {
    const facts = [
      aFacts({ normalPath: text }),
      aFacts({ authorization: text, query: text }),
      aFacts({ authorization: `Bearer ${text}` }),
      aFacts({ authorization: `DPoP ${TOKEN}`, dpop: text }),
    ]
    return facts.map((each) => decide(each, aSnapshot(), new Evidence(), NOW))
  },
  readHolds: (text) => {
    const facts = aFacts({ hasBody: true, contentLength: text.length })
    return readHolds(facts, VERIFIED, [() => PASSES, () => undefined], { size: 10, within: 10 }, 100)
  },
  decideBody: (text) => {
    const holds = { limit: 10, within: 10, algorithms: [], checks: [PASSES.check] }
    const admission = new Admission(aRoute(), VERIFIED, null, 10, holds)
    return decideBody(admission, { ...EMPTY_BODY, trailers: [text, text] }, NOW)
  },
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
  readConsentId: (text, value) => {
    const token = aVerifiedToken(aToken({ claims: { c: value as never, authorization_details: [value] } }))
    const details = { in: 'detail', type: text, pointer: [text] } as const
    return [readConsentId(token, { in: 'claim', pointer: ['c', text] }), readConsentId(token, details)]
  },
  checkConsent: (text, value) => {
    const said = isJsonObject(value) ? value : { status: text, client_id: text, expires_at: text }
    const pointers = {
      state: ['status'],
      clientId: ['client_id'],
      permissions: [text],
      expiresAt: ['expires_at'],
    }
    const demand = {
      service: text,
      id: { in: 'claim', pointer: ['sub'] },
      permissions: [text],
      permissionsAny: [text],
    } as const
    const source = { recall: () => said, ask: async () => said }
    const members = { ...pointers, subject: [text] }
    return checkConsent(VERIFIED, { ...demand, source, members, states: new Set() }, { consent: null }, NOW)
  },
  decideConsent: (text) => {
    const demand = {
      service: text,
      id: { in: 'scope', prefix: text },
      permissions: [],
      permissionsAny: null,
    } as const
    const members = { state: [], clientId: [], permissions: [], expiresAt: [], subject: null }
    const whole = { ...demand, source: [text], members, states: new Set<string>() }
    return decideConsent(VERIFIED, whole, new Evidence(), NOW)
  },
  judge: (text) => {
    const arrived = {
      facts: aFacts({ authorization: text, dpop: text }),
      route: aRoute(),
      parameters: new Map(),
    }
    return judge(arrived, demands(), aSnapshot(), new Evidence(), NOW)
  },
  judgeInShadow: (text) => {
    const rule = { name: text, demands: demands() }
    return judgeInShadow(
      aFacts({ authorization: `DPoP ${text}` }),
      aRoute(),
      rule,
      aSnapshot(),
      new Evidence(),
      NOW,
    )
  },
  answerPreflight: (text) => {
    const router = new Router([[{ path: '/accounts', hosts: null, methods: null }, aRoute({ cors: CORS })]])
    const fields = ['origin', text, 'access-control-request-method', text]
    return answerPreflight(aRequest({ method: 'OPTIONS', fields }), router)
  },
  corsFields: (text) => corsFields(aRequest({ fields: ['origin', text] }), aRoute({ cors: CORS })),
  refusal: (text) => {
    const asked = {
      demands: demands(),
      authorization: text,
      origin: 'https://a',
      facts: aFacts({ query: text }),
      metadata: text,
      wanted: { scope: text, acr_values: text },
      interactionId: text,
      answers: ANSWERS,
      allowed: () => [text],
    }
    return refusal(D.TOKEN_EXPIRED, asked)
  },
  explain: (text) => judgedOf(text).map(explain),
  whatDiffers: (text) => judgedOf(text).map(whatDiffers),
  compareScan: (text) => {
    const raws = [{ target: text }, { target: `https://${text}`, fields: ['host', text, 'connection', text] }]
    const nothing = { facts: null, evidence: new Evidence(), body: null, refused: D.TOKEN_EXPIRED, now: NOW }
    return raws.map((raw) => [
      ...compareScan({ ...nothing, scanned: { raw: aRawRequest(raw), rules: RULES } }),
    ])
  },
  compareSpend: comparisonsOf(compareSpend),
  compareForward: (text) =>
    judgedOf(text).map((judged) => [
      ...compareForward({ ...judged, refused: D.TOKEN_EXPIRED, detail: text }),
    ]),
  comparePreflight: comparisonsOf(comparePreflight),
  compareBody: comparisonsOf(compareBody),
  compareContent: comparisonsOf(compareContent),
  compareRule: (text) => judgedOf(text).map((judged) => compareRule(scopesGranted([text]), judged, 'body')),
  compareRoute: comparisonsOf(compareRoute),
  compareShape: comparisonsOf(compareShape),
  compareCredential: comparisonsOf(compareCredential),
  compareToken: comparisonsOf(compareToken),
  comparePossession: comparisonsOf(comparePossession),
  compareProof: (text) => [
    ...compareProof(aFacts({ dpop: text }), { hash: VERIFIED.hash, jkt: CLIENT.jkt }, dpopRules(), NOW),
  ],
  compareRevocation: comparisonsOf(compareRevocation),
  compareAuthority: comparisonsOf(compareAuthority),
  compareConsent: comparisonsOf(compareConsent),
  Lines: (text) => new Lines(text).shown(),
  shown: (text, value) => [shown(text), shown(value)],
  written: (text, value) => [written(text), written(value)],
  moment: (text, value) => [moment(text, NOW), moment(value, NOW)],
  strangeSlots: (text) => strangeSlots(text),
  answerBody: (text) => answerBody(D.TOKEN_EXPIRED, text, { ...ANSWERS, documentation: text }),
  upstreamIdentity: (text, value) => {
    const token = { ...VERIFIED, subject: text, clientId: value, scopes: [text] } as unknown as AccessToken
    const signer = { keyId: text, algorithm: 'ES256', sign: () => Buffer.from(text) } as const
    const rules = { audience: text, lifetime: 15, signers: { current: () => signer, algorithms: () => [] } }
    const asking = { facts: aFacts({ path: text }), token, interactionId: text, remoteAddress: text }
    return upstreamIdentity(asking, rules, NOW)
  },
  isDenial: (_, value) => isDenial(value),
  nonceTime: (text, value) => [
    nonceTime(text, nonceRules(), NOW),
    nonceTime(value, nonceRules({ mode: 'required' }), NOW),
  ],
  isOfBefore: (text, value) => [isOfBefore(text, nonceRules()), isOfBefore(value, nonceRules())],
}

/** Makers and the like: what they are given comes from the configuration or from our own code. */
export const NO_INPUT = [
  'compileResource',
  'listenerRules',
  'originsOf',
  'boundedMemo',
  'knownKeys',
  'knownTokens',
  'allowSignatures',
  'algorithmsOf',
  'coverage',
  'signatureFields',
  'onceOf',
  'onceLeftOf',
  'spend',
  'freshNonce',
  'objectionTo',
  'Denial',
  'catalogue',
  'Need',
  'allow',
  'withBothNames',
  'signatureOf',
  'signedJwt',
  'resourceMetadata',
  'canSign',
  'keyText',
  'suits',
  'sameAlgorithm',
  'isValid',
  'proveToken',
  'checkAudience',
  'checkLifetime',
  'checkTime',
  'namedSegments',
  'parsePointer',
  'scopesGranted',
  'scopeAnyGranted',
  'grantIs',
  'claimIs',
  'claimNamesHolder',
  'detailCovers',
  'conditionHolds',
  'matchPath',
  'matchBody',
  'JsonNumber',
  'acrIn',
  'authenticatedWithin',
  'Evidence',
  'Admission',
  'NonceMint',
  'ProofKey',
  'Presented',
  'scopeSets',
  'noCounts',
  'noLookups',
  'isAlmostOver',
  'nonceLife',
  'reasonOf',
  'signatureBy',
]

const BARE_ITEMS = (text: string): readonly BareItem[] => [
  ...(['string', 'token', 'display-string'] as const).map((type) => ({ type, value: text })),
  ...(['integer', 'date', 'decimal'] as const).map((type) => ({ type, value: Number(text) })),
]
const anItem = (bare: BareItem) => ({ kind: 'item', bare, parameters: new Map() }) as const

function aNodeRequest(text: string, httpVersion = '1.1') {
  const rawHeaders = [':authority', text, 'host', 'api.bank.example', text, text]
  return { method: text, url: text, httpVersion, rawHeaders, socket: {} }
}

const BODY = { blocks: [], length: 0, digests: new Map(), trailers: ['digest', 'x'] }

/** Requests with this text in their credentials, decided. */
function judgedOf(text: string): readonly Judged[] {
  const facts = [
    aFacts({ normalPath: text }),
    aFacts({ authorization: `Bearer ${text}`, query: text }),
    aFacts({ authorization: `DPoP ${TOKEN}`, dpop: text }),
  ]
  return facts.map((each) => {
    const evidence = new Evidence()
    const verdict = decide(each, aSnapshot(), evidence, NOW)
    return { facts: each, evidence, body: BODY, refused: isDenial(verdict) ? verdict : null, now: NOW }
  })
}

function comparisonsOf(compares: (judged: Judged) => Iterable<Comparison>) {
  return (text: string) => judgedOf(text).map((judged) => [...compares(judged)])
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
const SIGNER_KEYS = { owner: 'client', keys: keySource(verificationKeys(clientKey())) }
const SIGNATURES = {
  rules: fapi2.request,
  clientKeys: () => SIGNER_KEYS.keys,
  unknownBefore: 0,
}

const TARGET = 'https://api.bank.example/accounts'
const ISSUING = aKey('ES256', 'issuer')
const CLIENT = aKey('ES256', 'client')
const KEY = verificationKeys(CLIENT)[0]!
const TOKEN = aToken()
const VERIFIED = aVerifiedToken(TOKEN)
const POSSESSION = verifyPossession(aRequest(), presented(TOKEN), VERIFIED, demands(), NOW) as Possession
const CERTIFICATE_BEGIN = Buffer.from('3082010630', 'hex')
/** With one value of that tag. */
const nameOf = (tag: number, value: Buffer) => {
  const parts = [0x06, 1, 0x2a, tag, value.length, ...value]
  return Buffer.from([0x31, parts.length + 2, 0x30, parts.length, ...parts])
}
const ROUTER = new Router(
  ['/**', '/a/*/b', '/accounts/**'].map((path) => [{ path, hosts: null, methods: null }, aRoute()] as const),
)
const PASSES = { check: () => undefined, algorithms: [] }
const EMPTY_BODY = { blocks: [], length: 0, digests: new Map(), trailers: [] }
const STATUS_LIST = { bits: 1, octets: Buffer.of(0), issuedAt: NOW } as const
const STATUS_RULES = {
  required: true,
  origins: new Set(['https://as.bank.example']),
  allowsUnavailable: false,
  lists: { held: () => STATUS_LIST, ask: async () => {} },
}
const WHOLE = { acr: ['gold'], maxAge: 300 }
const RULES_OF_AUTHORITY = [
  acrIn(['gold'], WHOLE),
  authenticatedWithin(300, WHOLE),
  scopesGranted(['a']),
  scopeAnyGranted(['a']),
  grantIs('client'),
  claimIs('/a/b', ['a', 'b'], { oneOf: ['a', 1, true] }),
  claimNamesHolder('acr', ['acr'], { attribute: 'CN', prefix: '' }),
  detailCovers(
    {
      type: 'p',
      lists: [],
      matches: [matchBody('a', ['a'], 'decimal', 'a', ['a']), matchPath('b', ['b'], 'text', 'b')],
    },
    'authorization_details[0]',
  ),
  conditionHolds(() => 'fails', 'condition[0]'),
  detailCovers({ type: 'p', lists: [['actions', ['a']]], matches: [] }, 'authorization_details[1]'),
]
const CORS = { origins: new Set(['https://app.example']), allowedFields: '', exposedFields: '', maxAge: 1 }
const RULES = {
  origins: originsOf(['https://api.bank.example']),
  fieldCount: 100,
  bodyLimit: 1000,
}

/** The facts of a request whose credentials are the caller's to give. */
const FACTS = aRequest()
function aFacts(changes: Partial<typeof FACTS> = {}) {
  return { ...FACTS, ...changes }
}
