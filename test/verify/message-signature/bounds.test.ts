import { describe, expect, it } from 'vitest'
import { readJwkSet } from '../../../src/verify/jose/jwk-set.ts'
import type { SignatureRules } from '../../../src/verify/message-signature/profile.ts'
import { allowSignatures } from '../../../src/verify/message-signature/signature-algorithms.ts'
import { NOW } from '../../support/clock.ts'
import { aKey, verificationKeys } from '../../support/keys.ts'
import { aRequest } from '../../support/request.ts'
import { aSignature, COMPONENTS, clientKey, type SignatureChanges } from '../../support/signature.ts'
import { keySource } from '../../support/token.ts'
import { verdict as judged, rules } from './verify-world.ts'

const many = (count: number) => Array.from({ length: count }, (_, at) => at)
const EXTRA = many(50).map((at) => `x-${at}`)
const REQUEST = aRequest({
  fields: [...['Authorization', 'DPoP a.b.c', 'DPoP', 'd.e.f'], ...EXTRA.flatMap((name) => [name, '1'])],
})
const OURS = verificationKeys(clientKey())

const verdict = (
  made: readonly (readonly string[])[],
  changes: Partial<SignatureRules> = {},
  keys = keySource(OURS, 'absent'),
) => judged(made.flat(), { request: REQUEST, rules: rules(changes), signer: { owner: 'tpp-1', keys } })
const signed = (changes: SignatureChanges = {}) => aSignature(REQUEST, changes)

describe('as much as is borne, and one more', () => {
  it.each([
    [4, 'accepted'],
    [5, 'SIG_TOO_MANY'],
  ])('%i signatures', (count, expected) => {
    const made = many(count).map((at) => signed({ label: `s${at}` }))
    expect(verdict(made, { several: 'all' })).toBe(expected)
  })

  it.each([
    [50, 'accepted'],
    [51, 'SIG_TOO_MANY'],
  ])('%i components', (count, expected) => {
    const components = [...COMPONENTS, ...EXTRA.slice(0, count - COMPONENTS.length)]
    expect(verdict([signed({ components })])).toBe(expected)
  })

  it.each([
    [512, 'accepted'],
    [513, 'SIG_NONCE'],
  ])('a nonce of %i characters', (length, expected) => {
    expect(verdict([signed({ parameters: { nonce: 'n'.repeat(length) } })])).toBe(expected)
  })

  it.each([
    [512, `NEED keys client tpp-1 ${'k'.repeat(512)}`],
    [513, 'SIG_KEYID'],
  ])('a keyid of %i characters is asked for, or not', (length, expected) => {
    const made = [signed({ parameters: { keyid: 'k'.repeat(length) } })]
    expect(verdict(made, {}, keySource([], 'ask'))).toBe(expected)
  })

  it.each([
    [4, 'accepted'],
    [5, 'SIG_INVALID'],
  ])('the key that signed, as number %i of those that may have (FAPI2-SP §5.4.3)', (place, expected) => {
    const others = many(place - 1).map((at) => aKey('ES256', `other ${at}`))
    const keys = keySource(verificationKeys(...others, clientKey()), 'absent')
    const made = [signed({ parameters: { keyid: undefined } })]
    expect(verdict(made, { requiresKeyid: false }, keys)).toBe(expected)
  })
})

describe('the least that is said', () => {
  it('a signature of 1970 is old, not malformed', () => {
    expect(verdict([signed({ parameters: { created: 0 } })])).toBe('SIG_CREATED_EARLY')
  })

  it('a tag is a string also where none is asked for (RFC 9421 §2.3)', () => {
    const made = signed().map((text) => text.replace('tag="fapi-2-request"', 'tag=fapi-2-request'))
    expect(verdict([made], { tag: null })).toBe('SIG_PARAMETER')
  })

  it('without a keyid any key of the client is asked for', () => {
    const made = [signed({ parameters: { keyid: undefined } })]
    expect(verdict(made, { requiresKeyid: false }, keySource([], 'ask'))).toBe('NEED keys client tpp-1 ')
  })

  it('a key that fits in two ways leaves open which, though the next fits in none', () => {
    const { jwk } = aKey('PS256', 'c')
    const keys = keySource([...readJwkSet({ keys: [jwk] })!, ...OURS], 'absent')
    const made = [signed({ parameters: { keyid: undefined } })]
    const algorithms = allowSignatures(['PS256', 'PS512'])
    expect(verdict(made, { requiresKeyid: false, algorithms }, keys)).toBe('SIG_ALG_OPEN')
  })
})

describe('of several that do not hold, the first says why', () => {
  const early = signed({ label: 'a', parameters: { created: NOW - 61 } })
  const unsuited = signed({ label: 'b', parameters: { alg: 'ed25519' } })
  const ahead = signed({ label: 'c', parameters: { created: NOW + 11 } })
  const [one, other] = ['d', 'e'].map((label) => signed({ label, parameters: { keyid: label } })) as [
    string[],
    string[],
  ]

  it.each([
    ['denials', early, unsuited, 'absent', 'SIG_CREATED_EARLY'],
    ['denials, the other way round', unsuited, early, 'absent', 'SIG_ALG_MISMATCH'],
    ['what may hold later', ahead, one, 'unavailable', 'SIG_CREATED_AHEAD'],
    ['what may hold later, the other way round', one, ahead, 'unavailable', 'SIG_KEYS_UNAVAILABLE'],
    ['needs', one, other, 'ask', 'NEED keys client tpp-1 d'],
    ['needs, the other way round', other, one, 'ask', 'NEED keys client tpp-1 e'],
  ] as const)('%s', (_, first, second, standing, expected) => {
    const keys = { ...keySource(OURS, 'absent'), standing: () => standing }
    expect(verdict([first, second], { several: 'any' }, keys)).toBe(expected)
  })
})
