import { describe, expect, it } from 'vitest'
import { type PossessionRules, schemesOf, verifyPossession } from '../../src/decision/possession.ts'
import type { RequestFacts } from '../../src/domain/request-facts.ts'
import type { Scheme } from '../../src/verify/access-token/extract.ts'
import { NOW } from '../support/clock.ts'
import { aKey } from '../support/keys.ts'
import { outcome } from '../support/outcome.ts'
import { aProof, dpopRules, nonceRules } from '../support/proof.ts'
import { aPeer, aRequest } from '../support/request.ts'
import { demands, possessionRules } from '../support/route.ts'
import { aToken, aVerifiedToken, presented, THUMBPRINT } from '../support/token.ts'

const JKT = aKey('ES256', 'client').jkt

const CONFIRMATIONS = {
  none: undefined,
  unknown: { kid: 'k' },
  jkt: { jkt: JKT },
  x5t: { 'x5t#S256': THUMBPRINT },
  both: { jkt: JKT, 'x5t#S256': THUMBPRINT },
}
type Confirmation = keyof typeof CONFIRMATIONS

/** With a good proof and the right certificate, unless changed. */
function verify(
  confirmation: Confirmation,
  scheme: Scheme,
  rules: Partial<PossessionRules> = {},
  changes: Partial<RequestFacts> = {},
) {
  const cnf = CONFIRMATIONS[confirmation]
  const token = aToken({ claims: { cnf } })
  const facts = aRequest({ dpop: aProof(token), peer: aPeer(), ...changes })
  const possession = possessionRules(rules)
  return verifyPossession(
    facts,
    presented(token, scheme),
    aVerifiedToken(token),
    demands({ possession }),
    NOW,
  )
}

describe('every pairing of confirmation, scheme, senders and the bearer switch', () => {
  const table: readonly (readonly [Confirmation, Scheme, string, string, string])[] = [
    //                      dpop and mtls     dpop alone        mtls alone
    ['jkt', 'DPoP', 'accepted', 'accepted', 'TOKEN_SENDER'],
    ['jkt', 'Bearer', 'TOKEN_SCHEME', 'TOKEN_SCHEME', 'TOKEN_SCHEME'],
    ['x5t', 'Bearer', 'accepted', 'TOKEN_SENDER', 'accepted'],
    ['x5t', 'DPoP', 'TOKEN_SCHEME', 'TOKEN_SCHEME', 'TOKEN_SCHEME'],
    ['both', 'DPoP', 'accepted', 'accepted', 'accepted'],
    ['both', 'Bearer', 'TOKEN_SCHEME', 'TOKEN_SCHEME', 'TOKEN_SCHEME'],
    ['none', 'DPoP', 'TOKEN_UNBOUND', 'TOKEN_UNBOUND', 'TOKEN_UNBOUND'],
    ['none', 'Bearer', 'TOKEN_UNBOUND', 'TOKEN_UNBOUND', 'TOKEN_UNBOUND'],
    ['unknown', 'DPoP', 'TOKEN_UNBOUND', 'TOKEN_UNBOUND', 'TOKEN_UNBOUND'],
    ['unknown', 'Bearer', 'TOKEN_UNBOUND', 'TOKEN_UNBOUND', 'TOKEN_UNBOUND'],
  ]
  const SENDERS = [['dpop', 'mtls'], ['dpop'], ['mtls']] as const

  it.each(table)('%s under %s', (confirmation, scheme, ...expected) => {
    const answers = SENDERS.map((senders) => outcome(verify(confirmation, scheme, { senders })))
    expect(answers).toEqual(expected)
  })

  it.each(table)(
    '%s under %s, with danger_accept_bearer: only a token without any confirmation gains',
    (confirmation, scheme, ...expected) => {
      const answers = SENDERS.map((senders) =>
        outcome(verify(confirmation, scheme, { senders, acceptsBearer: true })),
      )
      const gained = scheme === 'Bearer' ? 'accepted' : 'TOKEN_SCHEME'
      expect(answers).toEqual(confirmation === 'none' ? [gained, gained, gained] : expected)
    },
  )
})

describe('what must be proved', () => {
  it('a key: the proof is handed on to be spent', () => {
    expect(verify('jkt', 'DPoP')).toMatchObject({
      once: { jkt: JKT, jti: 'proof-1', madeAt: NOW },
      byCertificate: false,
    })
    expect(outcome(verify('jkt', 'DPoP', {}, { dpop: null }))).toBe('DPOP_ABSENT')
    expect(outcome(verify('jkt', 'DPoP', {}, { dpop: aProof('other') }))).toBe('DPOP_ATH')
  })

  it('a certificate: a proof beside it is not asked for, nor looked at', () => {
    expect(verify('x5t', 'Bearer')).toMatchObject({ once: null, byCertificate: true })
    expect(outcome(verify('x5t', 'Bearer', {}, { dpop: 'nonsense' }))).toBe('accepted')
    expect(outcome(verify('x5t', 'Bearer', {}, { peer: null }))).toBe('MTLS_ABSENT')
    expect(outcome(verify('x5t', 'Bearer', {}, { peer: aPeer({ thumbprint: JKT }) }))).toBe('MTLS_THUMBPRINT')
  })

  it('both, where the token names both, also on a route that asks for one of them', () => {
    for (const senders of [['dpop', 'mtls'], ['dpop'], ['mtls']] as const) {
      expect(verify('both', 'DPoP', { senders })).toMatchObject({ once: { jkt: JKT }, byCertificate: true })
      expect(outcome(verify('both', 'DPoP', { senders }, { peer: null }))).toBe('MTLS_ABSENT')
      expect(outcome(verify('both', 'DPoP', { senders }, { dpop: null }))).toBe('DPOP_ABSENT')
    }
  })

  it('all that a nonce could not mend, before a nonce is asked for', () => {
    const token = aToken({ claims: { cnf: CONFIRMATIONS.both } })
    const nonce = nonceRules({ mode: 'required' })
    const judge = (peer: RequestFacts['peer'], proof: string) =>
      verifyPossession(
        aRequest({ dpop: proof, peer }),
        presented(token),
        aVerifiedToken(token),
        demands({ dpop: dpopRules({ nonce }) }),
        NOW,
      )
    const another = aPeer({ thumbprint: JKT })
    expect(outcome(judge(aPeer(), aProof(token)))).toBe('DPOP_NONCE')
    expect(outcome(judge(another, aProof(token)))).toBe('MTLS_THUMBPRINT')
    expect(outcome(judge(null, aProof(token)))).toBe('MTLS_ABSENT')
    expect(outcome(judge(another, aProof('other')))).toBe('DPOP_ATH')
    const issued = (ago: number) => aProof(token, { claims: { nonce: nonce.mint.issue(NOW - ago) } })
    expect(outcome(judge(another, issued(10)))).toBe('MTLS_THUMBPRINT')
    expect(judge(aPeer(), issued(10))).toMatchObject({ byNonce: true, nonceEnds: false })
    expect(judge(aPeer(), issued(290))).toMatchObject({ nonceEnds: true })
  })

  it('nothing, for a bearer token where bearers are welcome', () => {
    expect(verify('none', 'Bearer', { acceptsBearer: true })).toMatchObject({
      once: null,
      nonceEnds: false,
      byCertificate: false,
    })
    expect(verify('x5t', 'Bearer')).toMatchObject({ nonceEnds: false })
  })
})

describe('the schemes that a route names', () => {
  it.each([
    [['dpop'], false, ['DPoP']],
    [['mtls'], false, ['Bearer']],
    [['dpop', 'mtls'], false, ['DPoP', 'Bearer']],
    [['dpop'], true, ['DPoP', 'Bearer']],
  ] as const)('with senders %j, and bearers welcome %s: %j', (senders, acceptsBearer, schemes) => {
    expect(schemesOf(possessionRules({ senders, acceptsBearer }))).toEqual(schemes)
  })
})

describe('confirmation members that we do not know (RFC 7800 §3.1)', () => {
  const judge = (strictConfirmation: boolean, cnf: object | undefined) => {
    const token = aToken({ claims: { cnf } })
    const rules = demands({ possession: possessionRules({ strictConfirmation }) })
    return outcome(
      verifyPossession(
        aRequest({ dpop: aProof(token) }),
        presented(token),
        aVerifiedToken(token),
        rules,
        NOW,
      ),
    )
  }

  it('neither help nor harm, unless strict_confirmation is set', () => {
    expect(judge(false, { jkt: JKT, kid: 'k' })).toBe('accepted')
    expect(judge(true, { jkt: JKT, kid: 'k' })).toBe('TOKEN_CONFIRMATION')
    expect(judge(true, { jkt: JKT })).toBe('accepted')
    expect(judge(true, { kid: 'k' })).toBe('TOKEN_CONFIRMATION')
    expect(judge(true, { jkt: JKT, 'x5t#S256': THUMBPRINT })).toBe('MTLS_ABSENT')
    expect(judge(true, undefined)).toBe('TOKEN_UNBOUND')
  })
})
