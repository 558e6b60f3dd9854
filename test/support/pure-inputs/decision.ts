import { answerBody, strangeSlots } from '../../../src/decision/answer-body.ts'
import { bodyOfAuthority, checkAuthority } from '../../../src/decision/authority.ts'
import { refusal } from '../../../src/decision/challenge.ts'
import { decideConsent } from '../../../src/decision/consent.ts'
import { answerPreflight, corsFields } from '../../../src/decision/cors.ts'
import { decide, judge } from '../../../src/decision/decide.ts'
import { decideBody, readHolds } from '../../../src/decision/decide-body.ts'
import { Evidence } from '../../../src/decision/evidence.ts'
import { verifyMessageSignature } from '../../../src/decision/message-signature.ts'
import { rawRequest, requestFacts, shownBy } from '../../../src/decision/node-request.ts'
import { readPathParameters } from '../../../src/decision/path-parameters.ts'
import { type Possession, schemesOf, verifyPossession } from '../../../src/decision/possession.ts'
import {
  checkRequiredHeader,
  checkRequiredHeaders,
  FORMS,
  type HeaderForm,
} from '../../../src/decision/required-headers.ts'
import { checkRevocation } from '../../../src/decision/revocation.ts'
import { Router } from '../../../src/decision/router.ts'
import { scan } from '../../../src/decision/scan.ts'
import { judgeInShadow } from '../../../src/decision/shadow.ts'
import { signaturesDue } from '../../../src/decision/sign-answer.ts'
import { upstreamIdentity } from '../../../src/decision/upstream-identity.ts'
import { Admission } from '../../../src/decision/verdict.ts'
import { isDenial } from '../../../src/domain/denial.ts'
import { NOTHING_SHOWN } from '../../../src/domain/peer-identity.ts'
import { D } from '../../../src/verify/access-token/denials.ts'
import type { AccessToken } from '../../../src/verify/access-token/token.ts'
import { acrIn, authenticatedWithin } from '../../../src/verify/authority/authentication.ts'
import { claimNamesHolder } from '../../../src/verify/authority/certificate-name.ts'
import { roleStated } from '../../../src/verify/authority/certificate-role.ts'
import { claimIs } from '../../../src/verify/authority/claims.ts'
import { conditionHolds } from '../../../src/verify/authority/condition.ts'
import { detailCovers } from '../../../src/verify/authority/details.ts'
import { grantIs } from '../../../src/verify/authority/grant.ts'
import { scopeAnyGranted, scopesGranted } from '../../../src/verify/authority/scope.ts'
import { matchBody, matchPath } from '../../../src/verify/authority/value-match.ts'
import { fapi2 } from '../../../src/verify/message-signature/profile.ts'
import { NOW } from '../clock.ts'
import { aRawRequest, aRequest } from '../request.ts'
import { ANSWERS, aRoute, aSnapshot, demands } from '../route.ts'
import { aTrust, presented } from '../token.ts'
import type { Inputs } from './inputs.ts'
import { aFacts, EMPTY_BODY, RULES, SIGNATURES, STATUS_RULES, TOKEN, VERIFIED } from './world.ts'

/** Of decision, but what explains. */
export const DECISION_INPUTS: Inputs = {
  verifyMessageSignature: (text) => {
    const facts = aFacts({ query: text, fields: [text, text], signatureInput: text, signature: text })
    return verifyMessageSignature(facts, VERIFIED, POSSESSION, SIGNATURES, NOW)
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
  rawRequest: (text) =>
    ['1.1', '2.0', text].map((version) => rawRequest(aNodeRequest(text, version), NOTHING_SHOWN)),
  shownBy: (text, value) => [
    shownBy({ raw: Buffer.from(text) }, { authorized: true }, 'pki'),
    shownBy({ raw: Buffer.from(text) }, { authorized: false, authorizationError: value }, 'pki'),
  ],
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
  decideConsent: (text) => {
    const demand = {
      service: text,
      places: [{ in: 'scope', prefix: text }],
      permissions: [],
      permissionsAny: null,
    } as const
    const members = { state: [], clientId: [], permissions: [], expiresAt: [], subject: null }
    const whole = { ...demand, source: [text], members, states: new Set<string>() }
    return decideConsent({ token: VERIFIED, fields: [text, text] }, whole, new Evidence(), NOW)
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
      facts: aFacts({ query: text, authorization: text }),
      metadata: text,
      wanted: { scope: text, acr_values: text },
      interactionId: text,
      now: NOW,
      answers: ANSWERS,
      allowed: () => [text],
    }
    return refusal(D.TOKEN_EXPIRED, asked)
  },
  strangeSlots: (text) => strangeSlots(text),
  answerBody: (text) => {
    const answers = { ...ANSWERS, documentation: text }
    return answerBody(D.TOKEN_EXPIRED, 401, { interactionId: text, now: NOW, answers })
  },
  upstreamIdentity: (text, value) => {
    const token = { ...VERIFIED, subject: text, clientId: value, scopes: [text] } as unknown as AccessToken
    const signer = { keyId: text, algorithm: 'ES256', sign: () => Buffer.from(text) } as const
    const rules = { audience: text, lifetime: 15, signers: { current: () => signer, algorithms: () => [] } }
    const asking = { facts: aFacts({ path: text }), token, interactionId: text, remoteAddress: text }
    return upstreamIdentity(asking, rules, NOW)
  },
}

function aNodeRequest(text: string, httpVersion = '1.1') {
  const rawHeaders = [':authority', text, 'host', 'api.bank.example', text, text]
  return { method: text, url: text, httpVersion, rawHeaders, socket: {} }
}
const POSSESSION = verifyPossession(aRequest(), presented(TOKEN), VERIFIED, demands(), NOW) as Possession
const ROUTER = new Router(
  ['/**', '/a/*/b', '/accounts/**'].map((path) => [{ path, hosts: null, methods: null }, aRoute()] as const),
)
const PASSES = { check: () => undefined, algorithms: [] }
const WHOLE = { acr: ['gold'], maxAge: 300 }
const RULES_OF_AUTHORITY = [
  acrIn(['gold'], WHOLE),
  authenticatedWithin(300, WHOLE),
  scopesGranted(['a']),
  scopeAnyGranted(['a']),
  grantIs('client'),
  claimIs('/a/b', ['a', 'b'], { oneOf: ['a', 1, true] }),
  claimNamesHolder('acr', ['acr'], { attribute: 'CN', prefix: '' }),
  roleStated(['PSP_AI']),
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
