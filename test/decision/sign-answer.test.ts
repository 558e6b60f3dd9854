import { describe, expect, it } from 'vitest'
import { type Answer, type DueSignature, signaturesDue } from '../../src/decision/sign-answer.ts'
import { type Denial, isDenial } from '../../src/domain/denial.ts'
import { type Component, parseComponent } from '../../src/verify/message-signature/component.ts'
import { fapi2, type SigningRules } from '../../src/verify/message-signature/profile.ts'
import type { MessageSignature } from '../../src/verify/message-signature/verify.ts'
import { NOW } from '../support/clock.ts'
import { outcome } from '../support/outcome.ts'
import { aRequest } from '../support/request.ts'

const SIGNER = { keyId: 'gateway', algorithm: 'ES256', sign: () => Buffer.alloc(64) } as const
/** A signature of the request that was verified. */
const VERIFIED = {
  label: 'a',
  input: { signatureParams: '();created=1' },
  octets: Buffer.alloc(1),
} as MessageSignature
const ANSWER = { status: 204, fields: [], hasBody: false, isOurs: false }

/** What is to be signed of an answer where a client wishes that. */
function due(
  wish: string,
  answer: Answer = ANSWER,
  rules = fapi2.response,
): readonly DueSignature[] | Denial {
  const facts = aRequest({ fields: ['accept-signature', wish] })
  return signaturesDue(facts, [], answer, rules, SIGNER, NOW)
}

/** The label of each, and what it says of itself. */
function said(wish: string, answer: Answer = ANSWER, rules = fapi2.response): readonly string[][] {
  const found = due(wish, answer, rules)
  if (isDenial(found)) throw new Error(found.code)
  return found.map(({ label, unsigned }) => [label, unsigned.signatureParams])
}

/** Rules by which these are covered, and nothing else. */
function covering(...texts: readonly string[]): SigningRules {
  const always = texts.map((text) => parseComponent(text) as Component)
  return { ...fapi2.response, coverage: { always, ifPresent: [], ifBody: [] } }
}

const labels = (wish: string) => said(wish).map(([label]) => label)

describe('signaturesDue', () => {
  it('gives each signature a label of its own, whichever the client chose (RFC 9421 §5.2)', () => {
    expect(labels('client=("@status")')).toEqual(['sig1', 'client'])
    expect(labels('sig1=("@status")')).toEqual(['sig2', 'sig1'])
    expect(labels('sig2=("@status")')).toEqual(['sig1', 'sig2'])
  })

  it.each([
    'client=("@method";req)',
    'client=("@status");keyid="another"',
    'client=("@status");alg="rsa-pss-sha512"',
    'client=("@status" "x-absent")',
    'client',
  ])('passes over a wish that is not for an answer of ours: %s', (wish) => {
    expect(labels(wish)).toEqual(['sig1'])
  })

  it('takes the first of several wishes that it can fulfil, and that one alone', () => {
    expect(
      labels('b=("@status");alg="ed25519", c=("@status" "x-absent"), d=("@status"), e=("@status")'),
    ).toEqual(['sig1', 'd'])
  })

  it('takes a wish that names our key or its algorithm', () => {
    const wish = 'client=("@status");keyid="gateway";alg="ecdsa-p256-sha256";nonce="n";tag="t"'
    expect(said(wish).at(-1)).toEqual([
      'client',
      `("@status");created=${NOW};nonce="n";alg="ecdsa-p256-sha256";keyid="gateway";tag="t"`,
    ])
  })

  it('covers members of structured fields, by the profile and where a client wishes that', () => {
    const rules = covering('@status', 'priority;key="u"')
    const answer = { ...ANSWER, fields: ['priority', 'u=1, i'] }
    const covered = `("@status" "priority";key="u");created=${NOW};keyid="gateway"`
    expect(said('client=("@status" "priority";key="u")', answer, rules)).toEqual([
      ['sig1', `${covered};tag="fapi-2-response"`],
      ['client', covered],
    ])
  })

  it.each([
    [null, NOW + 300],
    [60, NOW + 60],
  ])('ends where a client wishes that, by a profile that says %s', (expiresAfter, expires) => {
    expect(said('client=("@status");expires', ANSWER, { ...fapi2.response, expiresAfter }).at(-1)).toEqual([
      'client',
      `("@status");created=${NOW};expires=${expires};keyid="gateway"`,
    ])
  })

  it('ends, where the profile says when, so many seconds after it was made', () => {
    const rules = { ...covering('@status'), expiresAfter: 60 }
    expect(said('', ANSWER, rules)).toEqual([
      ['sig1', `("@status");created=${NOW};expires=${NOW + 60};keyid="gateway";tag="fapi-2-response"`],
    ])
  })

  it('of an answer of ours leaves out what it lacks; one of the upstream is signed whole or not at all', () => {
    const ours = { ...ANSWER, isOurs: true }
    const status = `("@status");created=${NOW};keyid="gateway";tag="fapi-2-response"`
    expect(outcome(due('', ANSWER, covering('@status', 'x-absent')))).toBe('SIG_COMPONENT_ABSENT')
    expect(said('', ours, covering('@status', 'x-absent'))).toEqual([['sig1', status]])
    // What a request lacks is nobody's fault.
    expect(said('', ANSWER, covering('@status', 'x-absent;req'))).toEqual([['sig1', status]])
    const typed = covering('@status', 'x-absent', 'priority;key="u"')
    expect(said('', { ...ours, fields: ['priority', 'u=1'] }, typed)[0]?.[1]).toMatch(
      /^\("@status" "priority";key="u"\);/,
    )
  })

  it.each([
    ['off', [VERIFIED], ''],
    ['field', [VERIFIED], ' "signature";req "signature-input";req'],
    ['member', [VERIFIED], ' "signature";req;key="a" "signature-input";req;key="a"'],
    ['member', [], ' "signature";req "signature-input";req'],
  ] as const)('covers the signature of the request as the profile says: %s, %j', (how, verified, covered) => {
    const [signatureInput, signature] = ['a=();created=1', 'a=:AA==:']
    const facts = aRequest({
      fields: ['signature-input', signatureInput, 'signature', signature],
      ...{ signatureInput, signature },
    })
    const rules = { ...covering('@status'), requestSignature: how }
    const found = signaturesDue(facts, verified, ANSWER, rules, SIGNER, NOW) as readonly DueSignature[]
    expect(found[0]?.unsigned.signatureParams).toMatch(`("@status"${covered});`)
    expect(signaturesDue(aRequest(), [], ANSWER, rules, SIGNER, NOW)).toMatchObject([
      { unsigned: { signatureParams: expect.stringMatching(/^\("@status"\);/) } },
    ])
  })
})
