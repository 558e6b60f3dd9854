import { describe, expect, it } from 'vitest'
import { D as R } from '../../../src/decision/denials.ts'
import { Evidence } from '../../../src/decision/evidence.ts'
import { type Explanation, explain } from '../../../src/decision/explain/explain.ts'
import { STEPS } from '../../../src/decision/explain/steps.ts'
import type { PossessionRules } from '../../../src/decision/possession.ts'
import type { HeaderForm } from '../../../src/decision/required-headers.ts'
import type { PeerIdentity } from '../../../src/domain/peer-identity.ts'
import type { ConsentDemand } from '../../../src/verify/authority/consent.ts'
import { D as P } from '../../../src/verify/dpop/denials.ts'
import { NOW } from '../../support/clock.ts'
import { aKey } from '../../support/keys.ts'
import { aProof, dpopRules } from '../../support/proof.ts'
import { aPeer } from '../../support/request.ts'
import { aRoute, demands, possessionRules } from '../../support/route.ts'
import { aToken, THUMBPRINT } from '../../support/token.ts'
import { explained, proved, refusedAt } from './explained.ts'

function comparison(explanation: Explanation, what: string) {
  return explanation.steps.flatMap(({ compared }) => compared).find((each) => each.what.startsWith(what))
}

function ofPossession({ steps }: Explanation, what: string) {
  return steps.find(({ step }) => step === 'possession')?.compared.find((each) => each.what === what)
}

describe('a request that is admitted', () => {
  it.each([
    [null, 'null'],
    [[], 'list'],
    [{}, 'no member'],
    [{ jkt: 1 }, 'jkt'],
  ])('shows of a cnf that is %j what it is', (cnf, came) => {
    const refused = explained({ authorization: `DPoP ${aToken({ claims: { cnf } })}` })
    expect(comparison(refused, 'cnf')?.came).toBe(came)
  })

  it('names the token that no operator revoked', () => {
    expect(comparison(explained(proved({})), 'hash of the token')).toMatchObject({
      wanted: 'not revoked by an operator',
      result: 'agrees',
    })
  })

  it('passes every step of the decision; what follows is for the gateway', () => {
    const { verdict, code, steps } = explained()
    expect([verdict, code]).toEqual(['admitted', null])
    expect(steps.map(({ step, state }) => [step, state])).toEqual(
      STEPS.map(({ name, follows }) => [
        name,
        follows
          ? 'not reached'
          : ['preflight', 'signature', 'consent', 'content'].includes(name)
            ? 'not asked'
            : 'passed',
      ]),
    )
    const results = new Set(steps.flatMap(({ compared }) => compared.map(({ result }) => result)))
    expect([...results]).toEqual(['agrees'])
  })

  it('is asked for no credentials on a public route', () => {
    const { steps } = explained({ authorization: null }, aRoute({ demands: null }))
    expect(steps.find(({ step }) => step === 'token')).toMatchObject({ state: 'not asked', compared: [] })
  })
})

describe('a request that is refused', () => {
  it('says what was compared with what, part by part for htu, and what was not looked at any more', () => {
    const told = explained(proved({ htu: 'http://api.bank.example:8443/accounts?account=secret' }))
    expect(told).toMatchObject({
      verdict: 'refused',
      code: 'DPOP_HTU',
      status: 401,
      cite: 'RFC 9449 §4.3(9)',
      cause: P.DPOP_HTU.says,
      remedy: P.DPOP_HTU.remedy,
    })
    expect(comparison(told, 'htu')).toEqual({
      what: 'htu (differs in scheme, port)',
      came: 'http://api.bank.example:8443/accounts',
      wanted: 'https://api.bank.example/accounts',
      result: 'differs',
    })
    expect(comparison(told, 'htm')?.result).toBe('agrees')
    expect(comparison(told, 'signature')?.result).toBe('agrees')
    expect(comparison(told, 'thumbprint')?.result).toBe('unlooked')
  })

  it('tells times by how far they are from now', () => {
    expect(comparison(explained(proved({ iat: NOW - 61 })), 'iat')).toEqual({
      what: 'iat',
      came: `${NOW - 61} (61 s ago)`,
      wanted: `at most 60 s old, at most 10 s ahead of ${NOW}`,
      result: 'differs',
    })
    expect(comparison(explained({}, aRoute(), NOW + 10_000), 'exp')).toMatchObject({ result: 'differs' })
  })

  it('tells that a nonce is wanted of a proof that may have been spent before the start, also where nonces are off', () => {
    const afterStart = demands({ dpop: dpopRules({ unknownBefore: NOW + 1 }) })
    const told = explained(proved({}), aRoute({ demands: afterStart }))
    expect(told.code).toBe('DPOP_NONCE')
    expect(comparison(told, 'nonce')).toMatchObject({
      wanted: expect.stringMatching(/^one of this resource, .*: the proof may have been spent before/),
      result: 'differs',
    })
    expect(comparison(explained(), 'nonce')?.wanted).toBe('not looked at')
  })

  it('tells thumbprints, scopes and certificates', () => {
    const jkt = comparison(explained(proved({}, {}, aKey('ES256', 'thief'))), 'thumbprint')
    expect(jkt).toMatchObject({
      came: aKey('ES256', 'thief').jkt,
      wanted: aKey('ES256', 'client').jkt,
      result: 'differs',
    })
    const token = aToken({ claims: { scope: 'payments' } })
    const scopes = { authorization: `DPoP ${token}`, dpop: aProof(token) }
    expect(comparison(explained(scopes), 'scope')).toMatchObject({
      came: 'payments: missing accounts',
      wanted: 'accounts',
      result: 'differs',
    })
    const bound = aToken({ claims: { cnf: { 'x5t#S256': 'A'.repeat(43) } } })
    const told = explained({ authorization: `Bearer ${bound}`, dpop: null, peer: aPeer() })
    expect(comparison(told, 'x5t#S256')).toMatchObject({ wanted: 'A'.repeat(43), result: 'differs' })
  })

  it('tells of a certificate whose it is, and when it is good', () => {
    const cnf = { 'x5t#S256': THUMBPRINT }
    const facts = { authorization: `Bearer ${aToken({ claims: { cnf } })}`, dpop: null }
    const told = (peer: PeerIdentity | null, what: string, peerRejected: string | null = null) => {
      const { came, wanted } = ofPossession(explained({ ...facts, peer, peerRejected }), what)!
      return [came, wanted]
    }
    expect(told(null, 'client certificate')).toEqual(['none', 'one'])
    expect(told(null, 'client certificate', 'CERT_REVOKED')).toEqual(['one', 'one'])
    expect(told(null, 'what TLS has against it', 'CERT_REVOKED')).toEqual(['CERT_REVOKED', 'nothing'])
    expect(told(aPeer(), 'client certificate')).toEqual(['CN=tpp-1', 'one'])
    const times = `from ${NOW - 86_400} (86400 s ago) to ${NOW + 86_400} (in 86400 s)`
    expect(told(aPeer(), 'its validity')).toEqual([times, `holds at ${NOW}`])
    expect(told(aPeer({ mode: 'pop' }), 'its validity')).toEqual([times, 'not looked at'])
    expect(told(aPeer(), 'scheme')).toEqual(['Bearer', 'Bearer, as cnf has no jkt'])
  })

  it('tells what a token may be bound to', () => {
    const told = (what: string, changes: Partial<PossessionRules> = {}) => {
      const possession = possessionRules(changes)
      return ofPossession(explained({}, aRoute({ demands: demands({ possession }) })), what)?.wanted
    }
    expect(told('sender')).toBe('jkt or x5t#S256')
    expect(told('sender', { senders: ['dpop'], acceptsBearer: true })).toBe('jkt or none at all')
    expect([told('members of cnf'), told('members of cnf', { strictConfirmation: true })]).toEqual([
      undefined,
      'jkt, x5t#S256',
    ])
    expect(told('scheme')).toBe('DPoP, as cnf has jkt')
  })

  it('tells which key a token names, and which there are', () => {
    const told = explained({
      authorization: `DPoP ${aToken({ key: { ...aKey('ES256', 'thief'), kid: 'as2' } })}`,
    })
    expect(told.code).toBe('TOKEN_KEYS_UNAVAILABLE')
    expect(comparison(told, 'kid')).toMatchObject({
      came: 'as2',
      wanted: expect.stringMatching(/^one of \S+/),
      result: 'differs',
    })
    expect(comparison(told, 'signature')).toMatchObject({ result: 'unlooked' })
  })

  it.each([
    ['jti', null, 'jti (null)'],
    ['exp', 'tomorrow', 'exp (text)'],
    ['exp', 1_900_000_000_000, 'exp (no time in seconds)'],
    ['sub', '', 'sub (empty)'],
    ['iat', false, 'iat (boolean)'],
    ['client_id', ['a'], 'client_id (list)'],
    ['aud', 7, 'aud (number)'],
  ])('tells of the claim %s that it is of a wrong type', (name, value, says) => {
    const token = aToken({ claims: { [name]: value } })
    const told = explained({ authorization: `DPoP ${token}`, dpop: aProof(token) })
    expect(told.code).toBe('TOKEN_CLAIMS')
    const { came } = comparison(told, 'claims')!
    expect(came).toContain(says)
    expect(String(came).match(/\(/g)).toHaveLength(1)
  })

  it('tells of a required header what came, but for one that may be a secret', () => {
    const told = (form: HeaderForm, ...fields: string[]) => {
      const route = aRoute({ requiredHeaders: [{ name: 'x-v', form }] })
      return comparison(explained({ fields }, route), 'x-v')
    }
    expect(told('number', 'X-V', 'one')).toMatchObject({ came: 'one', wanted: 'number', result: 'differs' })
    expect(told('number')).toMatchObject({ wanted: 'number', result: 'differs' })
    expect(told('text', 'X-V', 'secret')).toMatchObject({ came: '6 characters', result: 'agrees' })
  })

  it('does not call a consent good that nobody could be asked about', () => {
    const consent: ConsentDemand = {
      service: 'bank',
      places: [{ in: 'claim', pointer: ['consent_id'] }],
      source: { recall: () => undefined, ask: () => Promise.resolve(undefined) },
      members: { state: ['s'], clientId: ['c'], permissions: ['p'], expiresAt: ['e'], subject: null },
      states: new Set(['AUTH']),
      permissions: [],
      permissionsAny: null,
    }
    const token = aToken({ claims: { consent_id: 'c-1' } })
    const told = explained(
      { authorization: `DPoP ${token}`, dpop: aProof(token) },
      aRoute({ demands: demands({ consent }) }),
    )
    expect(told.code).toBe('CONSENT_UNAVAILABLE')
    expect(comparison(told, 'consent')).toMatchObject({ came: 'c-1', result: 'agrees' })
    expect(comparison(told, 'the consent')).toMatchObject({ came: 'not known', result: 'differs' })
  })

  it('names the step of a code that two can refuse with by what was proved', () => {
    const twice = explained({ repeatedCredential: 'dpop' })
    expect([twice.code, refusedAt(twice)?.step]).toEqual(['FIELD_DUPLICATED', 'shape'])
    const unread = explain({
      facts: null,
      evidence: new Evidence(),
      body: null,
      refused: R.FIELD_DUPLICATED,
      now: NOW,
    })
    expect(refusedAt(unread)?.step).toBe('scan')
    const possession = { ...demands().possession, strictConfirmation: true }
    const token = aToken({ claims: { cnf: { jkt: aKey('ES256', 'client').jkt, other: 1 } } })
    const strict = explained(
      { authorization: `DPoP ${token}`, dpop: aProof(token) },
      aRoute({ demands: demands({ possession }) }),
    )
    expect([strict.code, refusedAt(strict)?.step]).toEqual(['TOKEN_CONFIRMATION', 'possession'])
  })

  it('does not show a token in the query', () => {
    const told = explained({ query: 'access_token=S3CRET', authorization: null, dpop: null })
    expect([told.code, refusedAt(told)?.step]).toEqual(['TOKEN_IN_QUERY', 'credential'])
    expect(JSON.stringify(told)).not.toContain('S3CRET')
  })

  it('shows what clients write as visible ASCII, and not without end', () => {
    const htm = `\u001b[2J\u009b${'x'.repeat(1000)}`
    const { came } = comparison(explained(proved({ htm })), 'htm')!
    expect(came).toMatch(/^"\\u001b\[2J\\u009bx+…$/)
    expect(came.length).toBeLessThan(310)
  })
})
