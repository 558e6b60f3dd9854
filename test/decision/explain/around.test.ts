import { describe, expect, it } from 'vitest'
import { decide } from '../../../src/decision/decide.ts'
import { D as R } from '../../../src/decision/denials.ts'
import { Evidence } from '../../../src/decision/evidence.ts'
import { explain, type Judged, whatDiffers } from '../../../src/decision/explain/explain.ts'
import { originsOf, type RawRequest, scan } from '../../../src/decision/scan.ts'
import { Admission } from '../../../src/decision/verdict.ts'
import { type Denial, isDenial } from '../../../src/domain/denial.ts'
import type { RequestFacts } from '../../../src/domain/request-facts.ts'
import { F } from '../../../src/services/upstream/faults.ts'
import { D as P } from '../../../src/verify/dpop/denials.ts'
import { D as S } from '../../../src/verify/message-signature/denials.ts'
import { fapi2 } from '../../../src/verify/message-signature/profile.ts'
import { NOW } from '../../support/clock.ts'
import { joined } from '../../support/http-message.ts'
import { verificationKeys } from '../../support/keys.ts'
import { aPeer, aRawRequest, aRequest } from '../../support/request.ts'
import { aRoute, aSnapshot, demands } from '../../support/route.ts'
import { aSignature, clientKey } from '../../support/signature.ts'
import { aToken, keySource, THUMBPRINT } from '../../support/token.ts'

/** What the step that refused compared. */
function comparedIn(changes: Partial<Judged> & { readonly refused: Denial }) {
  const judged = { facts: null, evidence: new Evidence(), body: null, now: NOW, ...changes }
  const { steps } = explain(judged)
  const differs = steps.flatMap(({ compared }) => compared).find(({ result }) => result === 'differs')
  // The log shows it alone.
  expect(whatDiffers(judged)).toEqual(differs)
  return steps.find(({ state }) => state === 'refused')!
}

const differing = (judged: Parameters<typeof comparedIn>[0]) => {
  const { step, compared } = comparedIn(judged)
  return { step, ...compared.find(({ result }) => result === 'differs') }
}

describe('what the scan refuses', () => {
  const rulesOf = (...origins: string[]) => ({ origins: originsOf(origins), fieldCount: 9, bodyLimit: 9 })
  const rules = rulesOf('https://api.bank.example')
  const HOST = ['Host', 'api.bank.example']
  const withFields = (...fields: string[]) => ({ fields: [...HOST, ...fields] })

  function refused(changes: Partial<RawRequest>, by = rules) {
    const raw = aRawRequest(changes)
    return { refused: scan(raw, by) as Denial, scanned: { raw, rules: by } }
  }

  it('for its host is told beside the public origins', () => {
    expect(differing(refused({ fields: ['Host', 'localhost:8443'] }))).toEqual({
      step: 'scan',
      what: 'host',
      came: 'localhost:8443',
      wanted: 'https://api.bank.example',
      result: 'differs',
    })
  })

  it('is told beside a few origins only, and not at length', () => {
    const many = Array.from({ length: 900 }, (_, at) => `https://${at}.bank.example`)
    const { came, wanted } = differing(refused({ fields: ['Host', 'x'.repeat(1000)] }, rulesOf(...many)))
    expect(wanted).toMatch(/^https:\/\/0\.bank\.example or .* or one of 895 others$/)
    expect(came!.length).toBeLessThan(310)
    const few = differing(refused({ fields: ['Host', 'x'] }, rulesOf(...many.slice(0, 5))))
    expect(few.wanted).toBe(many.slice(0, 5).join(' or '))
  })

  it.each([
    ['number of fields', 'FIELDS_TOO_MANY', withFields(...Array<string>(20).fill('a'))],
    ['form of the host', 'HOST_MALFORMED', withFields('Host', 'other')],
    ['form of the host', 'HOST_MALFORMED', { fields: [] }],
    ['form of the host', 'HOST_MALFORMED', { target: 'https://other/', fields: HOST }],
    ['names with more than letters, digits, hyphens', 'FIELD_NAME', withFields('x_user', 'root')],
    ['fields twice', 'FIELD_DUPLICATED', withFields('Content-Type', 'a', 'Content-Type', 'b')],
    ['Connection', 'FIELD_CONNECTION', withFields('Connection', 'dpop')],
    ['Expect', 'EXPECTATION_UNKNOWN', withFields('Expect', 'a-miracle')],
    ['Content-Length, Transfer-Encoding', 'FRAMING_BROKEN', withFields('Content-Length', 'x')],
    ['target', 'TARGET_MALFORMED', { target: 'http://api.bank.example/?secret' }],
    ['target', 'TARGET_MALFORMED', { target: '*' }],
    ['path', 'PATH_AMBIGUOUS', { target: '/a/%2e%2e/b' }],
    ['path (its query is not shown)', 'PATH_MALFORMED', { target: '/%zz?secret' }],
  ])('for its %s is told by that: %s', (what, code, changes) => {
    const judged = refused(changes)
    const { compared } = comparedIn(judged)
    expect([judged.refused.code, differing(judged).what]).toEqual([code, what])
    const results = compared.map(({ result }) => result)
    const at = results.indexOf('differs')
    expect(results.slice(0, at)).toEqual(Array(at).fill('agrees'))
    expect(JSON.stringify(compared)).not.toContain('secret')
  })

  it.each<[string, string, Partial<RawRequest>]>([
    ['number of fields', '11', withFields(...Array<string>(20).fill('a'))],
    ['form of the host', 'absent', { fields: [] }],
    ['form of the host', 'api.bank.example and other', { target: 'https://other/' }],
    ['form of the host', 'other and api.bank.example', { authority: 'other' }],
    ['form of the host', '***@api.bank.example', { fields: ['Host', 'user:S3CRET@api.bank.example'] }],
    ['names with more than letters, digits, hyphens', 'x_user', withFields('x_user', 'root')],
    ['fields twice', 'content-type', withFields('Content-Type', 'a', 'Content-Type', 'b')],
    ['Connection', 'dpop', withFields('Connection', 'dpop')],
    ['Expect', 'a-miracle', withFields('Expect', 'a-miracle')],
    ['Content-Length, Transfer-Encoding', 'x, absent', withFields('Content-Length', 'x')],
    ['Content-Length, Transfer-Encoding', 'absent, gzip', withFields('Transfer-Encoding', 'gzip')],
  ])('for its %s shows what came: %s', (what, came, changes) => {
    expect(differing(refused(changes))).toMatchObject({ what, came })
  })

  it('for its framing is told what its version may have', () => {
    const wanted = (version: RawRequest['version']) =>
      differing(refused({ version, ...withFields('Content-Length', 'x') })).wanted
    expect([wanted('1.0'), wanted('1.1')]).toEqual([
      'a number, or neither',
      'a number, or chunked, or neither',
    ])
  })

  it('and nothing was kept of it is told by nothing', () => {
    expect(comparedIn({ refused: R.FRAMING_BROKEN }).compared).toEqual([])
  })

  it('before it was a request is told by what the parser said', () => {
    expect(differing({ refused: R.FRAMING_BROKEN, detail: 'two lengths' })).toMatchObject({
      what: 'message',
      came: 'two lengths',
    })
  })
})

describe('a refusal that no comparison is about', () => {
  it('shows what came as it was found', () => {
    const { step, compared } = comparedIn({ facts: aRequest(), refused: R.OVERLOADED })
    expect([step, ...compared.map(({ result }) => result)]).toEqual(['scan', 'found', 'found'])
  })

  it('is of no step where its code is of none', () => {
    const nothing = { facts: null, evidence: new Evidence(), body: null, now: NOW }
    const { steps } = explain({ ...nothing, refused: { ...R.OVERLOADED, code: 'ANOTHERS' } })
    expect(steps.filter(({ state }) => state === 'refused')).toEqual([])
  })
})

describe('what was used before', () => {
  function admitted(facts: RequestFacts, signature: Parameters<typeof demands>[0] = {}) {
    const evidence = new Evidence()
    const verdict = decide(facts, aSnapshot(aRoute({ demands: demands(signature) })), evidence, NOW)
    if (!(verdict instanceof Admission)) throw new Error(isDenial(verdict) ? verdict.code : 'a need')
    return { facts, evidence, once: verdict.spends.map(({ once }) => once) }
  }

  function boundRequest(method: string) {
    const authorization = `Bearer ${aToken({ claims: { cnf: { 'x5t#S256': THUMBPRINT } } })}`
    const fields = ['Authorization', authorization, 'Cookie', 'a=S3CRET']
    return aRequest({ method, authorization, dpop: null, peer: aPeer(), fields })
  }

  it('is told by the jti of the proof, and when that was made', () => {
    const { once, ...judged } = admitted(aRequest())
    expect(differing({ ...judged, refused: P.DPOP_REPLAYED })).toMatchObject({
      step: 'spend',
      what: 'DPoP proof',
      came: `jti ${once[0]!.jti}, made ${NOW} (now)`,
    })
  })

  it('is told by what the signature signs', () => {
    const clientKeys = () => keySource(verificationKeys(clientKey()), 'absent')
    const bound = boundRequest('POST')
    const fields = aSignature(bound, { components: ['@method', '@target-uri', 'authorization', 'cookie'] })
    const signed = {
      ...bound,
      signatureInput: joined(fields, 'signature-input'),
      signature: joined(fields, 'signature'),
    }
    const { once, ...judged } = admitted(signed, {
      signature: { rules: fapi2.request, clientKeys, unknownBefore: 0 },
    })
    expect(differing({ ...judged, refused: S.SIG_REPLAYED })).toMatchObject({
      step: 'spend',
      what: 'signatures',
      came: `sig1: ${once[0]!.jti}, made ${NOW} (now)`,
    })
    // Which line of it the client made otherwise can be seen in whole lines alone; but for credentials.
    const { wanted } = differing({ ...judged, refused: S.SIG_INVALID })
    expect(wanted).toEqual([
      '"@method": POST',
      expect.stringMatching(/^"@target-uri": https:/),
      '"authorization": (as it came)',
      '"cookie": (as it came)',
      expect.stringMatching(
        /^"@signature-params": \("@method" "@target-uri" "authorization" "cookie"\);created=.*;tag="fapi-2-request"$/,
      ),
    ])
  })

  it.each([
    ['POST', [expect.stringMatching(/^sig1: .*; sig2: /)]],
    ['GET', []],
  ])('is told by each signature that may come once alone: %s', (method, came) => {
    const clientKeys = () => keySource(verificationKeys(clientKey()), 'absent')
    const facts = boundRequest(method)
    const components = ['@method', '@target-uri', 'authorization']
    const fields = ['sig1', 'sig2'].flatMap((label) => aSignature(facts, { components, label }))
    const signature = joined(fields, 'signature')
    const rules = { ...fapi2.request, several: 'all' as const }
    const { once: _, ...judged } = admitted(
      { ...facts, signatureInput: joined(fields, 'signature-input'), signature },
      { signature: { rules, clientKeys, unknownBefore: 0 } },
    )
    const { compared } = comparedIn({ ...judged, refused: P.LEDGER_FULL })
    expect(compared.filter(({ what }) => what === 'signatures').map((each) => each.came)).toEqual(came)
  })

  it.each([
    [P.LEDGER_FULL, 'full'],
    [P.LEDGER_UNREADY, 'none of that time'],
  ])('cannot be told where the memory of it fails', (refused, came) => {
    const { once: _, ...judged } = admitted(aRequest())
    expect(differing({ ...judged, refused })).toMatchObject({ step: 'spend', came })
  })
})

describe('what failed behind the gateway', () => {
  const evidence = new Evidence()
  evidence.route = aRoute()

  it('is told by the name of the upstream and the error of the system', () => {
    const detail = 'connect ECONNREFUSED 127.0.0.1:8080'
    expect(differing({ facts: aRequest(), evidence, refused: F.UPSTREAM_UNREACHABLE, detail })).toMatchObject(
      { step: 'forward', what: `upstream ${evidence.route!.upstream}`, came: detail },
    )
  })

  it('is told without the stack where it is a fault of our own', () => {
    const refused = F.INTERNAL_FAULT
    expect(differing({ evidence, refused, detail: 'TypeError: x\n    at y' })).toMatchObject({
      what: 'gateway',
      came: 'TypeError: x',
    })
  })
})
