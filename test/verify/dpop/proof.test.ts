import { hash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { isDenial } from '../../../src/domain/denial.ts'
import { checkProof } from '../../../src/verify/dpop/proof.ts'
import { allow } from '../../../src/verify/jose/algorithms.ts'
import { thumbprint } from '../../../src/verify/jose/thumbprint.ts'
import { NOW } from '../../support/clock.ts'
import { aJws, altered, base64url, type Members } from '../../support/jws.ts'
import { aKey } from '../../support/keys.ts'
import { outcome } from '../../support/outcome.ts'
import { aProof, dpopRules, proofClaims, proofHeader } from '../../support/proof.ts'
import { aRequest } from '../../support/request.ts'
import { THUMBPRINT } from '../../support/token.ts'

const TOKEN = 'a.verified.token'
const CLIENT = aKey('ES256', 'client')
const bound = { hash: hash('sha256', TOKEN, 'base64url'), jkt: CLIENT.jkt }
const request = aRequest()

const check = (proof: string, rules = dpopRules()) => outcome(checkProof(proof, bound, request, rules, NOW))
const header = (changes: Members) => check(aProof(TOKEN, { header: changes }))
const claims = (changes: Members) => check(aProof(TOKEN, { claims: changes }))

describe('a DPoP proof (RFC 9449 §4.3)', () => {
  it('is accepted, and says what is to be spent', () => {
    expect(checkProof(aProof(TOKEN), bound, request, dpopRules(), NOW)).toEqual({
      once: { jkt: CLIENT.jkt, jti: 'proof-1', madeAt: NOW },
      byNonce: false,
      nonceEnds: false,
    })
  })

  it.each(['Ed25519', 'EdDSA', 'PS256'] as const)('is accepted with %s', (name) => {
    const key = aKey(name, 'client')
    const proof = checkProof(aProof(TOKEN, { key }), { ...bound, jkt: key.jkt }, request, dpopRules(), NOW)
    expect(outcome(proof)).toBe('accepted')
  })

  it('may say more than it must (§4.2)', () => {
    expect(
      check(aProof(TOKEN, { header: { kid: 'k', x: 1 }, claims: { sub: 'me', nested: { a: [1] } } })),
    ).toBe('accepted')
    expect(header({ jwk: { ...CLIENT.jwk, kid: 'k', use: 'sig', alg: 'ES256' } })).toBe('accepted')
  })

  it.each([
    ['nothing', ''],
    ['two proofs in one field', `${aProof(TOKEN)}, ${aProof(TOKEN)}`],
    ['four parts', `${aProof(TOKEN)}.a`],
    ['white space', ` ${aProof(TOKEN)}`],
    ['padding', altered(aProof(TOKEN), (parts) => (parts.header += '='))],
    [
      'claims that name htm twice',
      aJws(proofHeader(CLIENT), `{"htm":"POST",${JSON.stringify(proofClaims(TOKEN)).slice(1)}`, CLIENT),
    ],
    ['more than 8192 octets', aProof(TOKEN, { claims: { padding: 'x'.repeat(8192) } })],
    ['a signature that is not base64url', altered(aProof(TOKEN), (parts) => (parts.signature += '='))],
  ])('(2) DPOP_MALFORMED: %s', (_, proof) => {
    expect(check(proof)).toBe('DPOP_MALFORMED')
  })

  it('may have 8192 octets, and not one more', () => {
    const padded = (characters: number) =>
      aProof(TOKEN, { header: { kid: 'k' }, claims: { padding: 'x'.repeat(characters) } })
    const most = Math.floor((8192 - padded(0).length) * 0.75)
    expect([padded(most).length, check(padded(most))]).toEqual([8192, 'accepted'])
    expect([padded(most + 1).length, check(padded(most + 1))]).toEqual([8193, 'DPOP_MALFORMED'])
  })

  it.each(['jti', 'htm', 'htu', 'iat', 'ath'])('(3) DPOP_CLAIMS: no %s', (name) => {
    expect(claims({ [name]: undefined })).toBe('DPOP_CLAIMS')
  })

  it.each<Members>([
    { jti: '' },
    { jti: 7 },
    { htm: ['GET'] },
    { htu: null },
    { iat: `${NOW}` },
    { iat: -1 },
    { ath: 7 },
    { exp: 'soon' },
    { nbf: null },
  ])('(3) DPOP_CLAIMS: %j', (changes) => {
    expect(claims(changes)).toBe('DPOP_CLAIMS')
  })

  it.each<[string, unknown]>([
    ['none', undefined],
    ['a text', 'key'],
    ['a list', [CLIENT.jwk]],
    ['a key of another algorithm', aKey('Ed25519').jwk],
    ['half a key', { ...CLIENT.jwk, y: undefined }],
    ['a key for another algorithm', { ...CLIENT.jwk, alg: 'ES384' }],
    ['a key for encryption', { ...CLIENT.jwk, use: 'enc' }],
  ])('(3) DPOP_JWK: %s', (_, jwk) => {
    expect(header({ jwk })).toBe('DPOP_JWK')
  })

  it('(3) DPOP_JWK: a point off the curve, though a token vouched for it', () => {
    const jwk = { kty: 'EC', crv: 'P-256', x: CLIENT.jwk['x']!, y: CLIENT.jwk['x']! } as const
    const proof = aProof(TOKEN, { header: { jwk } })
    expect(outcome(checkProof(proof, { ...bound, jkt: thumbprint(jwk) }, request, dpopRules(), NOW))).toBe(
      'DPOP_JWK',
    )
  })

  it.each([undefined, null, 'JWT', 'dpop', 'DPoP+JWT', 'application/dpop+jwt', 'at+jwt', ['dpop+jwt']])(
    '(4) DPOP_TYP: %j',
    (typ) => {
      expect(header({ typ })).toBe('DPOP_TYP')
    },
  )

  it.each<Members>([
    { crit: ['x'], x: 1 },
    { crit: [] },
    { crit: null },
    { crit: ['b64'], b64: true },
    { b64: false },
  ])('DPOP_CRITICAL: %j (RFC 7515 §4.1.11, RFC 7797 §6)', (changes) => {
    expect(header(changes)).toBe('DPOP_CRITICAL')
  })

  it.each([undefined, null, 'none', 'NONE', 'HS256', 'RS256', 'ES384', 'es256', ['ES256'], 'toString'])(
    '(5) DPOP_ALG: %j',
    (alg) => {
      expect(header({ alg })).toBe('DPOP_ALG')
    },
  )

  it('(5) DPOP_ALG: good elsewhere, but not on this route', () => {
    expect(check(aProof(TOKEN), dpopRules({ algorithms: allow(['PS256']) }))).toBe('DPOP_ALG')
  })

  it('(6) DPOP_SIGNATURE: altered claims, another signer, none at all', () => {
    const later = base64url({ ...proofClaims(TOKEN), jti: 'proof-2' })
    expect(check(altered(aProof(TOKEN), (parts) => (parts.payload = later)))).toBe('DPOP_SIGNATURE')
    expect(check(aProof(TOKEN, { key: aKey('ES256', 'thief'), header: { jwk: CLIENT.jwk } }))).toBe(
      'DPOP_SIGNATURE',
    )
    expect(check(altered(aProof(TOKEN), (parts) => (parts.signature = '')))).toBe('DPOP_SIGNATURE')
  })

  it.each(['d', 'p', 'k', 'oth'])('(7) DPOP_PRIVATE_KEY: jwk has %s', (name) => {
    expect(header({ jwk: { ...CLIENT.jwk, [name]: 'AA' } })).toBe('DPOP_PRIVATE_KEY')
  })

  it.each(['POST', 'get', 'GET ', 'HEAD'])('(8) DPOP_HTM: %j for GET', (htm) => {
    expect(claims({ htm })).toBe('DPOP_HTM')
  })

  it.each([
    'https://api.bank.example/payments',
    'http://api.bank.example/accounts',
    'https://evil.example/accounts',
    '/accounts',
    '',
  ])('(9) DPOP_HTU: %j', (htu) => {
    expect(claims({ htu })).toBe('DPOP_HTU')
  })

  it('(9) takes query and fragment of htu for nothing', () => {
    expect(claims({ htu: 'https://API.bank.example:443/accounts?a=b#c' })).toBe('accepted')
  })

  it.each([
    [NOW - 60, 'accepted'],
    [NOW - 61, 'DPOP_IAT'],
    [NOW + 10, 'accepted'],
    [NOW + 11, 'DPOP_IAT'],
    [NOW + 10.9, 'accepted'],
    [0, 'DPOP_IAT'],
    [NOW * 1000, 'DPOP_IAT'],
    [2 ** 60, 'DPOP_IAT'],
  ])('(11) iat %d: %s', (iat, expected) => {
    expect(claims({ iat })).toBe(expected)
  })

  it('(11) DPOP_IAT: by no leeway more than a minute ahead (FAPI2-SP §5.3.2.1(13))', () => {
    const made = (iat: number) => check(aProof(TOKEN, { claims: { iat } }), dpopRules({ clockSkew: 60 }))
    expect([made(NOW + 60), made(NOW + 60.1)]).toEqual(['accepted', 'DPOP_IAT'])
  })

  it('(11) was made in a whole second, by which all threads and replicas look for it', () => {
    expect(
      checkProof(aProof(TOKEN, { claims: { iat: NOW - 7.3 } }), bound, request, dpopRules(), NOW),
    ).toMatchObject({ once: { madeAt: NOW - 8 } })
  })

  it('(11) DPOP_IAT: exp and nbf are honoured where they are set', () => {
    expect(claims({ exp: NOW + 1, nbf: NOW + 10 })).toBe('accepted')
    expect(claims({ nbf: NOW + 10.9 })).toBe('accepted')
    expect(claims({ exp: NOW })).toBe('DPOP_IAT')
    expect(claims({ exp: NOW + 0.9 })).toBe('DPOP_IAT')
    expect(claims({ nbf: NOW + 11 })).toBe('DPOP_IAT')
  })

  it.each([THUMBPRINT, '', 'short', `${hash('sha256', TOKEN, 'base64url')}=`, hash('sha256', TOKEN, 'hex')])(
    '(12) DPOP_ATH: %j',
    (ath) => {
      expect(claims({ ath })).toBe('DPOP_ATH')
    },
  )

  it('(12) DPOP_JKT: a sound proof of another key', () => {
    expect(check(aProof(TOKEN, { key: aKey('ES256', 'thief') }))).toBe('DPOP_JKT')
  })
})

describe('the order of the checks', () => {
  interface Draft {
    readonly header: { [name: string]: unknown }
    readonly claims: { [name: string]: unknown }
    jkt: string
    forged: boolean
  }

  /** Each defect alone earns its code; of two, the one that stands first. */
  const DEFECTS: readonly (readonly [string, (draft: Draft) => unknown])[] = [
    ['DPOP_TYP', (draft) => (draft.header.typ = 'JWT')],
    ['DPOP_CRITICAL', (draft) => (draft.header.crit = ['x'])],
    ['DPOP_ALG', (draft) => (draft.header.alg = 'HS256')],
    ['DPOP_PRIVATE_KEY', ({ header }) => (header.jwk = { ...(header.jwk as object), d: 'AA' })],
    ['DPOP_JWK', ({ header }) => (header.jwk = { ...(header.jwk as object), x: 'AA' })],
    ['DPOP_CLAIMS', (draft) => (draft.claims.jti = 1)],
    ['DPOP_HTM', (draft) => (draft.claims.htm = 'PUT')],
    ['DPOP_HTU', (draft) => (draft.claims.htu = 'https://evil.example/')],
    ['DPOP_IAT', (draft) => (draft.claims.iat = 1)],
    ['DPOP_ATH', (draft) => (draft.claims.ath = THUMBPRINT)],
    ['DPOP_JKT', (draft) => (draft.jkt = THUMBPRINT)],
    ['DPOP_SIGNATURE', (draft) => (draft.forged = true)],
  ]

  const judge = (spoil: (draft: Draft) => void, rules = dpopRules()) => {
    const draft: Draft = {
      header: { ...proofHeader(CLIENT) },
      claims: { ...proofClaims(TOKEN) },
      jkt: bound.jkt,
      forged: false,
    }
    spoil(draft)
    const proof = aJws(draft.header, draft.claims, draft.forged ? aKey('ES256', 'thief') : CLIENT)
    return outcome(checkProof(proof, { ...bound, jkt: draft.jkt }, request, rules, NOW))
  }

  it.each(DEFECTS.map(([code], at) => [code, at] as const))('%s comes before all that follow', (code, at) => {
    const [, spoil] = DEFECTS[at]!
    expect(judge(spoil)).toBe(code)
    for (const [, alsoSpoil] of DEFECTS.slice(at + 1)) {
      expect(judge((draft) => void [spoil(draft), alsoSpoil(draft)])).toBe(code)
    }
  })

  it('lets only keys that a token vouched for reach OpenSSL and the memo', () => {
    const keys = new Map()
    for (const [, spoil] of DEFECTS.slice(0, -1)) judge(spoil, dpopRules({ keys }))
    expect(keys.size).toBe(0)
    const proof = aProof(TOKEN)
    expect(isDenial(checkProof(proof, bound, request, dpopRules({ keys }), NOW))).toBe(false)
    expect([...keys.keys()]).toEqual([CLIENT.jkt])
    expect(keys.get(CLIENT.jkt).header).toBe(proof.split('.', 1)[0])
  })

  it('is the same where the header was read before', () => {
    const keys = new Map()
    check(aProof(TOKEN), dpopRules({ keys }))
    expect(keys.size).toBe(1)
    for (const [code, spoil] of DEFECTS) expect(judge(spoil, dpopRules({ keys }))).toBe(code)
    expect(keys.size).toBe(1)
  })
})
