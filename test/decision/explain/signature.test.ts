import { describe, expect, it } from 'vitest'
import { Evidence } from '../../../src/decision/evidence.ts'
import type { Lines } from '../../../src/decision/explain/shown.ts'
import { compareSignature } from '../../../src/decision/explain/signature.ts'
import type { RequestFacts } from '../../../src/domain/request-facts.ts'
import { D } from '../../../src/verify/message-signature/denials.ts'
import { fapi2, type SignatureRules } from '../../../src/verify/message-signature/profile.ts'
import { NOW } from '../../support/clock.ts'
import { aRequest } from '../../support/request.ts'
import { aRoute, demands } from '../../support/route.ts'
import { keySource } from '../../support/token.ts'

const TAG = ';tag="fapi-2-request"'

function compared(
  signatureInput: string | null,
  rules: Partial<SignatureRules> = {},
  facts: Partial<RequestFacts> = {},
) {
  const labels = [...(signatureInput ?? '').matchAll(/([a-z]+)=\(/g)].map(([, label]) => label)
  const signature = signatureInput === null ? null : labels.map((label) => `${label}=:AAAA:`).join(', ')
  const evidence = new Evidence()
  const clientKeys = () => keySource([], 'absent')
  const demand = { rules: { ...fapi2.request, ...rules }, clientKeys, unknownBefore: 0 }
  evidence.route = aRoute({ demands: demands({ signature: demand }) })
  const request = aRequest({ signatureInput, signature, ...facts })
  return [...compareSignature({ facts: request, evidence, body: null, refused: null, now: NOW })]
}

const named = (...args: Parameters<typeof compared>) => compared(...args).map(({ what }) => what)

/** What came, and what was wanted. */
function told(what: string, ...args: Parameters<typeof compared>) {
  const found = compared(...args).find((each) => each.what === what)
  return [found?.came, found?.wanted]
}

describe('of a message signature is told', () => {
  it('why there is none, and nothing more', () => {
    expect(named(null)).toEqual(['client of the token', 'signatures'])
    expect(told('signatures', null)[0]).toBe(D.SIG_ABSENT.says)
  })

  it('which tags there are; and of those alone that are of the profile what they say', () => {
    const both = `a=("@method")${TAG}, b=("@method")`
    expect(told('tags', both)[0]).toBe('fapi-2-request none')
    expect([named(both).includes('a: form'), named(both).includes('b: form')]).toEqual([true, false])
    expect(named(both, { tag: null })).toEqual(expect.arrayContaining(['a: form', 'b: form']))
  })

  it('why it cannot be read, and nothing more of it', () => {
    expect(told('a: form', `a=("@no-such")${TAG}`)[0]).toBe(D.SIG_COMPONENT.says)
    expect(named(`a=("@no-such")${TAG}`).at(-1)).toBe('a: form')
  })

  it('what it covers, beside what it has to: of a body its digest, too', () => {
    const [came, wanted] = told('a: covered', `a=("@method")${TAG}`)
    expect([came, wanted]).toEqual(['@method', expect.not.stringContaining('content-digest')])
    expect(told('a: covered', `a=("@method")${TAG}`, {}, { hasBody: true })[1]).toContain('content-digest')
  })

  it('when it was made and ends, and whether it has to say so', () => {
    const times = `a=("@method");created=${NOW - 5};expires=${NOW + 5}${TAG}`
    expect(told('a: created', times)[0]).toBe(`${NOW - 5} (5 s ago)`)
    expect(told('a: expires', times)).toEqual([`${NOW + 5} (in 5 s)`, 'a time to come, or absent'])
    expect(told('a: expires', times, { requiresExpires: true })[1]).toBe('a time to come')
    expect(told('a: nonce', times)[1]).toBe('a fresh one, or absent')
    expect(told('a: nonce', times, { requiresNonce: true })[1]).toBe('a fresh one')
  })

  it('whether what it signs is there, and what that is', () => {
    expect(told('a: base', `a=("x-absent")${TAG}`)[0]).toBe(D.SIG_COMPONENT_ABSENT.says)
    expect(named(`a=("x-absent")${TAG}`)).not.toContain('a: signature')
    expect(told('a: base', `a=("@method")${TAG}`)[0]).toBe('can be built')
    expect(named(`a=("@method")${TAG}`)).toContain('a: signature')
  })

  it('what it signs, without what is a secret or nearly one', () => {
    const fields = ['Authorization', 'DPoP S3CRET', 'DPoP', 'S3CRET', 'Cookie', 'S3CRET']
    const [, lines] = told('a: signature', `a=("authorization" "dpop" "cookie";bs)${TAG}`, {}, { fields })
    expect((lines as Lines).shown().slice(0, 3)).toEqual([
      '"authorization": (as it came)',
      '"dpop": (as it came)',
      '"cookie";bs: (as it came)',
    ])
  })

  it('nor of the query more than that there is one', () => {
    const all = '("@target-uri" "@request-target" "@query" "@query-param";name="a%3A%20b" "@path")'
    const facts = { query: 'a%3A%20b=S3CRET', requestTarget: '/accounts?a%3A%20b=S3CRET' }
    const [, lines] = told('a: signature', `a=${all}${TAG}`, {}, facts)
    expect((lines as Lines).shown().slice(0, 5)).toEqual([
      expect.stringMatching(/^"@target-uri": https:[^?]+\?\(as it came\)$/),
      '"@request-target": /accounts?(as it came)',
      '"@query": (as it came)',
      '"@query-param";name="a%3A%20b": (as it came)',
      expect.stringMatching(/^"@path": \//),
    ])
  })
})
