import { describe, expect, it } from 'vitest'
import { decide } from '../../src/decision/decide.ts'
import { Evidence } from '../../src/decision/evidence.ts'
import { onceLeftOf, type SignatureDemand } from '../../src/decision/message-signature.ts'
import type { Possession } from '../../src/decision/possession.ts'
import type { Demands } from '../../src/decision/route.ts'
import { Admission } from '../../src/decision/verdict.ts'
import type { RequestFacts } from '../../src/domain/request-facts.ts'
import { D } from '../../src/verify/message-signature/denials.ts'
import { fapi2 } from '../../src/verify/message-signature/profile.ts'
import type { MessageSignature } from '../../src/verify/message-signature/verify.ts'
import { NOW } from '../support/clock.ts'
import { joined } from '../support/http-message.ts'
import { aKey, verificationKeys } from '../support/keys.ts'
import { outcome } from '../support/outcome.ts'
import { aProof } from '../support/proof.ts'
import { aPeer, aRequest } from '../support/request.ts'
import { aRoute, aSnapshot, demands } from '../support/route.ts'
import { aSignature, clientKey, type SignatureChanges } from '../support/signature.ts'
import { aToken, aTrust, keySource, THUMBPRINT } from '../support/token.ts'

/** By the profile, of a request without a proof. */
const COVERED = ['@method', '@target-uri', 'authorization']

const demand = (changes: Partial<SignatureDemand> = {}): SignatureDemand => ({
  rules: fapi2.request,
  clientKeys: (clientId) =>
    clientId === 'tpp-1' ? keySource(verificationKeys(clientKey()), 'absent') : keySource([], 'absent'),
  unknownBefore: 0,
  ...changes,
})

/** A request with a DPoP-bound token, or a certificate-bound one, that is signed. */
function aSigned(
  { byCertificate = false, claims = {} } = {},
  changes: SignatureChanges = {},
  facts: Partial<RequestFacts> = {},
): RequestFacts {
  const cnf = byCertificate ? { cnf: { 'x5t#S256': THUMBPRINT } } : {}
  const token = aToken({ claims: { ...cnf, ...claims } })
  const authorization = `${byCertificate ? 'Bearer' : 'DPoP'} ${token}`
  const dpop = byCertificate ? null : aProof(token, { claims: { htm: facts.method ?? 'GET' } })
  const head = ['Authorization', authorization, ...(dpop === null ? [] : ['DPoP', dpop])]
  const request = aRequest({
    ...facts,
    authorization,
    dpop,
    fields: head,
    peer: byCertificate ? aPeer() : null,
  })
  const components = [...COVERED, ...(byCertificate ? [] : ['dpop'])]
  const fields = aSignature(request, { components, ...changes })
  return {
    ...request,
    signatureInput: joined(fields, 'signature-input'),
    signature: joined(fields, 'signature'),
  }
}

function judge(
  facts: RequestFacts,
  given: SignatureDemand | null = demand(),
  changes: Partial<Demands> = {},
) {
  const evidence = new Evidence()
  const route = aRoute({ demands: demands({ signature: given, ...changes }) })
  return { verdict: decide(facts, aSnapshot(route), evidence, NOW), evidence }
}

describe('the signature in the decision', () => {
  it('comes after possession and before authority', () => {
    expect(outcome(judge(aSigned()).verdict)).toBe('accepted')
    expect(outcome(judge({ ...aSigned(), dpop: null }).verdict)).toBe('DPOP_ABSENT')
    const poor = { claims: { scope: 'other' } }
    expect(outcome(judge({ ...aSigned(poor), signature: null, signatureInput: null }).verdict)).toBe(
      'SIG_ABSENT',
    )
    expect(outcome(judge(aSigned(poor)).verdict)).toBe('SCOPE_INSUFFICIENT')
  })

  it('is kept as evidence', () => {
    expect(judge(aSigned()).evidence.signatures).toMatchObject([
      { label: 'sig1', key: { kid: clientKey().kid } },
    ])
    expect(judge(aSigned(), null).evidence.signatures).toEqual([])
    expect(judge({ ...aSigned(), signature: null }).evidence.signatures).toBeNull()
  })

  it('is of nobody where the token names no client', () => {
    const members = { active: true, cnf: { jkt: aKey('ES256', 'client').jkt } }
    const introspection = { recall: () => ({ members, signed: null }), ask: async () => undefined }
    const issuers = [aTrust({ introspection })]
    expect(outcome(judge(aSigned(), demand(), { issuers }).verdict)).toBe('SIG_CLIENT')
  })

  it('waits for the keys of the client', () => {
    const asking = demand({ clientKeys: () => keySource([], 'ask') })
    expect(outcome(judge(aSigned(), asking).verdict)).toMatch(/^NEED keys /)
  })

  it('covers nothing that Connection names (RFC 9110 §7.6.1)', () => {
    const dropping = (...options: readonly string[]) => {
      const facts = aSigned()
      return outcome(judge({ ...facts, fields: [...facts.fields, 'Connection', options.join(', ')] }).verdict)
    }
    expect(dropping('close', 'X-Other')).toBe('accepted')
    expect(dropping('close', 'DPoP')).toBe('SIG_COMPONENT_ABSENT')
  })

  it.each(['a', 'b'])('covers nothing that Connection names in any of several: in %s', (covering) => {
    const facts = aSigned({ byCertificate: true })
    const fields = [...facts.fields, 'Connection', 'Date', 'Date', 'today']
    const request = { ...facts, fields }
    const each = (label: string) =>
      aSignature(request, { label, components: [...COVERED, ...(label === covering ? ['date'] : [])] })
    const signed = [...each('a'), ...each('b')]
    const [signatureInput, signature] = ['signature-input', 'signature'].map((name) => joined(signed, name))
    const both = { ...request, signatureInput, signature } as RequestFacts
    const several = demand({ rules: { ...fapi2.request, several: 'all' } })
    expect(outcome(judge(both, several).verdict)).toBe('SIG_COMPONENT_ABSENT')
  })

  it("must be by a key of the token's client", () => {
    expect(outcome(judge(aSigned({ claims: { client_id: 'tpp-2' } })).verdict)).toBe('SIG_KEYID')
  })

  const spends = (facts: RequestFacts, given = demand()) => {
    const { verdict } = judge(facts, given)
    return verdict instanceof Admission
      ? verdict.spends.map(({ replayed }) => replayed.code)
      : outcome(verdict)
  }

  it('is spent where the proof it covers is not', () => {
    expect(spends(aSigned())).toEqual(['DPOP_REPLAYED'])
    expect(spends(aSigned({}, {}, { method: 'POST' }))).toEqual(['DPOP_REPLAYED'])
    expect(spends(aSigned({}, { parameters: { nonce: 'n' } }))).toEqual(['DPOP_REPLAYED', 'SIG_REPLAYED'])
    expect(spends(aSigned({ byCertificate: true }))).toEqual([])
    expect(spends(aSigned({ byCertificate: true }, {}, { method: 'POST' }))).toEqual(['SIG_REPLAYED'])
  })

  it('is spent where a proof that it covers is not looked at, and where it covers none', () => {
    const facts = aSigned({}, {}, { method: 'POST' })
    const { evidence } = judge(facts)
    const [signature] = evidence.signatures as [MessageSignature]
    const left = (covers: boolean, possession: Pick<Possession, 'once'>) => {
      const other: MessageSignature = Object.create(signature, { covers: { value: () => covers } })
      return onceLeftOf(other, possession as Possession, fapi2.request, 'POST')
    }
    const proved = evidence.possession as Possession
    expect(left(true, proved)).toBeNull()
    expect(left(false, proved)).not.toBeNull()
    expect(left(true, { once: null })).not.toBeNull()
  })

  it('after a start, what may come once must be younger than what is known', () => {
    const later = demand({ unknownBefore: NOW + 1 })
    expect(spends(aSigned({ byCertificate: true }, {}, { method: 'POST' }), later)).toBe('LEDGER_UNREADY')
    expect(spends(aSigned({ byCertificate: true }), later)).toEqual([])
    const just = demand({ unknownBefore: NOW })
    expect(spends(aSigned({ byCertificate: true }, {}, { method: 'POST' }), just)).toEqual(['SIG_REPLAYED'])
    expect(spends(aSigned({}, { parameters: { nonce: 'n' } }), later)).toEqual([
      'DPOP_REPLAYED',
      'SIG_REPLAYED',
    ])
  })

  it('refusals ask for no new token', () => {
    const asking = Object.values(D).filter(({ status }) => status === 401)
    expect(new Set(asking.map(({ error }) => error))).toEqual(new Set(['invalid_request']))
  })
})
