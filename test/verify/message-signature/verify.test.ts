import { describe, expect, it } from 'vitest'
import { verifies } from '../../../src/verify/jose/signature.ts'
import type { SignatureRules } from '../../../src/verify/message-signature/profile.ts'
import type { MessageSignature } from '../../../src/verify/message-signature/verify.ts'
import { NOW } from '../../support/clock.ts'
import { joined } from '../../support/http-message.ts'
import { aSignature, COMPONENTS, type SignatureChanges } from '../../support/signature.ts'
import { keySource } from '../../support/token.ts'
import { ES256, given, judge, KEYS, REQUEST, rules, verdict, WITH_BODY, WITH_DIGEST } from './verify-world.ts'

describe('a signature as FAPI 2.0 HTTP Signatures asks for it', () => {
  it('is accepted, and says what was verified', () => {
    const [signature] = judge(aSignature(REQUEST)) as readonly MessageSignature[]
    expect(signature).toMatchObject({ label: 'sig1', input: { keyid: ES256.kid, created: NOW } })
    expect(signature!.covers('authorization')).toBe(true)
    expect(signature!.covers('content-digest')).toBe(false)
    expect(signature!.base.split('\n')[0]).toBe('"@method": GET')
    expect(signature!.algorithm.name).toBe('ES256')
    expect(verifies(signature!.algorithm, signature!.key.key, signature!.base, signature!.octets)).toBe(true)
  })

  it('may cover more, in any order, under any label', () => {
    expect(given({ components: ['date', ...COMPONENTS.toReversed(), '@query', '@authority'] })).toBe(
      'accepted',
    )
    expect(given({ label: 'whatever-1' })).toBe('accepted')
    expect(given({ components: [...COMPONENTS, 'date;bs', '@query-param;name="b"'] })).toBe('accepted')
  })

  it('covers the digest where there is a body', () => {
    const how = { request: WITH_BODY, hasBody: true }
    expect(given({ components: WITH_DIGEST }, how)).toBe('accepted')
    expect(given({}, how)).toBe('SIG_DIGEST_UNCOVERED')
  })
})

describe('several signatures', () => {
  const good = (label: string, changes: SignatureChanges = {}) => aSignature(REQUEST, { label, ...changes })
  const bad = (label: string) => aSignature({ ...REQUEST, method: 'PUT' }, { label })
  const together = (...signatures: readonly string[][]) => signatures.flat()
  const other = (label: string) => bad(label).map((text) => text.replace('fapi-2-request', 'other'))
  const by = (several: SignatureRules['several']) => ({ rules: rules({ several }) })

  it('those with another tag neither help nor harm', () => {
    expect(verdict(together(other('a'), good('b')))).toBe('accepted')
    expect(verdict(together(good('a'), other('b')))).toBe('accepted')
    expect(verdict(together(other('a'), bad('b')))).toBe('SIG_INVALID')
    expect(verdict(other('a'))).toBe('SIG_TAG')
  })

  it.each([
    ['one', 'bad', 'good', 'SIG_TAG_REPEATED'],
    ['one', 'good', 'bad', 'SIG_TAG_REPEATED'],
    ['one', 'good', 'good', 'SIG_TAG_REPEATED'],
    ['any', 'bad', 'good', 'accepted'],
    ['any', 'good', 'bad', 'accepted'],
    ['any', 'bad', 'bad', 'SIG_INVALID'],
    ['all', 'bad', 'good', 'SIG_INVALID'],
    ['all', 'good', 'bad', 'SIG_INVALID'],
    ['all', 'good', 'good', 'accepted'],
  ] as const)('%s: first %s, second %s: %s', (several, first, second, expected) => {
    const made = { good, bad }
    expect(verdict(together(made[first]('a'), made[second]('b')), by(several))).toBe(expected)
  })

  it('a profile without a tag takes all', () => {
    expect(given({ parameters: { tag: undefined } }, { rules: rules({ tag: null }) })).toBe('accepted')
    expect(verdict(together(other('a'), good('b')), { rules: rules({ tag: null, several: 'any' }) })).toBe(
      'accepted',
    )
  })

  it.each([
    ['the octets', (all: string) => all.replace(/a=(:[^:]+:), b=(:[^:]+:)/, 'a=$2, b=$1'), 'signature'],
    ['the inputs', (all: string) => all.replace(/a=(.+), b=(.+)$/, 'a=$2, b=$1'), 'signature-input'],
  ] as const)('%s of two signatures exchanged between their labels', (_, exchange, name) => {
    const two = [good('a'), good('b', { parameters: { nonce: 'x' } })]
    const fields = ['signature-input', 'signature'].flatMap((each) => {
      const text = joined(two.flat(), each) as string
      return [each, each === name ? exchange(text) : text]
    })
    expect(verdict(fields, by('all'))).toBe('SIG_INVALID')
    expect(verdict(fields, by('any'))).toBe('SIG_INVALID')
  })

  it('a component moved from one label to another', () => {
    const fields = [good('a'), good('b', { components: [...COMPONENTS, 'date'] })]
    fields[0]![1] = fields[0]![1]!.replace('"dpop"', '"dpop" "date"')
    fields[1]![1] = fields[1]![1]!.replace(' "date"', '')
    expect(verdict(fields.flat(), by('any'))).toBe('SIG_INVALID')
  })

  it('of several, a key that can still be asked for goes before what is wrong with another', () => {
    const keys = { ...keySource(KEYS, 'absent'), standing: () => 'ask' as const }
    const unknown = good('b', { parameters: { keyid: 'new' } })
    const signer = { owner: 'tpp-1', keys }
    expect(verdict(together(bad('a'), unknown), { ...by('any'), signer })).toBe('NEED keys client tpp-1 new')
  })

  it.each([
    ['is not fresh yet', { created: NOW + 11 }, 'absent', 'SIG_CREATED_AHEAD'],
    ['is by a key that can be asked for', { keyid: 'new' }, 'ask', 'NEED keys client tpp-1 new'],
    ['is by a key that cannot be asked for now', { keyid: 'new' }, 'unavailable', 'SIG_KEYS_UNAVAILABLE'],
    ['is by a key that is none of the client', { keyid: 'new' }, 'absent', 'accepted'],
    ['is fresh no more', { created: NOW - 61 }, 'absent', 'accepted'],
  ] as const)('any: one holds, and one %s, which could come alone later', (_, parameters, how, expected) => {
    const keys = { ...keySource(KEYS, 'absent'), standing: () => how }
    const signer = { owner: 'tpp-1', keys }
    const second = good('b', { parameters })
    expect(verdict(together(good('a'), second), { ...by('any'), signer })).toBe(expected)
    expect(verdict(together(second, good('a')), { ...by('any'), signer })).toBe(expected)
  })
})
