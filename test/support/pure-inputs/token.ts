import { isJsonObject } from '../../../src/codec/json.ts'
import { acceptIntrospection } from '../../../src/verify/access-token/accept-introspection.ts'
import { readAudience, readClaims, readConfirmation } from '../../../src/verify/access-token/claims.ts'
import {
  clientIdOf,
  grantOf,
  hasAcceptedType,
  isAccessToken,
  isMarkedOtherwise,
  misreadScope,
  scopesOf,
} from '../../../src/verify/access-token/dialect.ts'
import { dialects } from '../../../src/verify/access-token/dialects.ts'
import { isForUs, openToken, recipients } from '../../../src/verify/access-token/encrypted.ts'
import { extractCredentials, schemeOf } from '../../../src/verify/access-token/extract.ts'
import { isIssuer, isOfTenant, signsFor } from '../../../src/verify/access-token/issuer-trust.ts'
import { scopeText, sharedScopes } from '../../../src/verify/access-token/scope-sets.ts'
import { verifyToken } from '../../../src/verify/access-token/verify.ts'
import { verifyAccessToken } from '../../../src/verify/access-token/verify-jwt.ts'
import { checkConsent } from '../../../src/verify/authority/consent.ts'
import { readConsentId } from '../../../src/verify/authority/consent-id.ts'
import { memberAt, parsePointer } from '../../../src/verify/authority/pointer.ts'
import { compareWith, matchBody, matchPath } from '../../../src/verify/authority/value-match.ts'
import { algorithms } from '../../../src/verify/jose/algorithms.ts'
import type { VerificationKey } from '../../../src/verify/jose/jwk-set.ts'
import { checkStatus } from '../../../src/verify/status-list/check.ts'
import { verifyStatusListToken } from '../../../src/verify/status-list/list-token.ts'
import { readStatusReference } from '../../../src/verify/status-list/reference.ts'
import { statusAt } from '../../../src/verify/status-list/status.ts'
import { NOW } from '../clock.ts'
import { aJws, base64url } from '../jws.ts'
import { aKey, verificationKeys } from '../keys.ts'
import { aStatusListToken, LIST_URI } from '../status-list.ts'
import { aToken, aTrust, aVerifiedToken, keySource, presented, tokenClaims } from '../token.ts'
import type { Inputs } from './inputs.ts'
import { aFacts, STATUS_LIST, STATUS_RULES, VERIFIED } from './world.ts'

/** Of the rooms of verify that read tokens and what they grant. */
export const TOKEN_INPUTS: Inputs = {
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
  isOfTenant: (text, value) =>
    isOfTenant({ iss: value, tid: text }, aTrust({ tenants: new Map([[text, text]]) })),
  signsFor: (text, value) =>
    [text, value].map((iss) => signsFor(VERIFYING, aTrust({ tenants: new Map() }), iss)),
  scopeText: (text) => scopeText(new Set([text])),
  sharedScopes: (text) => sharedScopes(new Set([text]), new Map()),
  hasAcceptedType: (text, value) => [
    hasAcceptedType(text, dialects.okta),
    hasAcceptedType(value, dialects.rfc9068),
  ],
  isMarkedOtherwise: (text, value) => isMarkedOtherwise({ typ: value, [text]: value }, dialects.keycloak),
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
  extractCredentials: (text) => [
    extractCredentials(aFacts({ authorization: text })),
    extractCredentials(aFacts({ authorization: `DPoP ${text}`, query: text })),
  ],
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
      issuers: new Set(['https://as.bank.example']),
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
  compareWith: (text, value) => [
    compareWith(matchBody('a', ['a'], 'decimal', 'a', ['a']), { a: value }, text),
    compareWith(matchPath('a', ['a'], 'text', 'a'), { a: [value, text] }, value),
  ],
  memberAt: (text, value) => [
    memberAt(value, parsePointer(text)),
    memberAt([{ [text]: value }], ['0', text]),
  ],
  readConsentId: (text, value) => {
    const token = aVerifiedToken(aToken({ claims: { c: value as never, authorization_details: [value] } }))
    const details = { in: 'detail', type: text, pointer: [text] } as const
    const naming = { token, fields: [text, text, 'connection', text] }
    const places = [{ in: 'claim', pointer: ['c', text] }, details, { in: 'field', name: text }] as const
    return [...places.map((place) => readConsentId(naming, [place])), readConsentId(naming, places)]
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
      places: [{ in: 'claim', pointer: ['sub'] }],
      permissions: [text],
      permissionsAny: [text],
    } as const
    const source = { recall: () => said, ask: async () => said }
    const members = { ...pointers, subject: [text] }
    const whole = { ...demand, source, members, states: new Set<string>() }
    return checkConsent({ token: VERIFIED, fields: [] }, whole, { consent: null }, NOW)
  },
}

const ISSUING = aKey('ES256', 'issuer')
const [VERIFYING] = verificationKeys(ISSUING) as [VerificationKey]
