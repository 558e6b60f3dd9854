import { describe, expect, it } from 'vitest'
import { isDenial } from '../../../src/domain/denial.ts'
import { digestField } from '../../../src/verify/content-digest/answer.ts'
import { contentDigest, contentHasher } from '../../../src/verify/content-digest/hasher.ts'
import { digestRule, matchDigests } from '../../../src/verify/content-digest/match.ts'
import { NOW } from '../../support/clock.ts'
import { outcome } from '../../support/outcome.ts'
import { aRequest } from '../../support/request.ts'

/** What becomes of a body under the rule: `flows`, `accepted` once it was held, or a code. */
function judged(
  body: string,
  fields: readonly string[],
  {
    mode = 'required' as 'optional' | 'required',
    length = body.length as number | null,
    trailers = [] as readonly string[],
  } = {},
): string {
  const check = digestRule(mode)(aRequest({ fields, hasBody: length !== 0, contentLength: length }))
  if (check === undefined || isDenial(check)) return check?.code ?? 'flows'
  const hasher = contentHasher(check.algorithms)
  for (const octet of Buffer.from(body)) hasher.add(Buffer.of(octet))
  const held = { blocks: [Buffer.from(body)], length: body.length, digests: hasher.digests(), trailers }
  return outcome(check.check(held, NOW))
}

function digest(text: string, algorithm: 'sha-256' | 'sha-512' = 'sha-256'): string {
  return digestField(algorithm, contentDigest(algorithm, [Buffer.from(text)]))
}

it('the digest of content is the same in however many parts it is', () => {
  const parts = ['a', '', 'bc'].map((part) => Buffer.from(part))
  for (const algorithm of ['sha-256', 'sha-512'] as const) {
    expect(contentDigest(algorithm, parts)).toBe(contentDigest(algorithm, [Buffer.from('abc')]))
    expect(contentDigest(algorithm, [])).toBe(contentDigest(algorithm, [Buffer.alloc(0)]))
  }
  expect(contentDigest('sha-256', parts)).toBe('ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=')
})

describe.each(['optional', 'required'] as const)('a body with its digests, %s', (mode) => {
  it('passes where they match', () => {
    expect(judged('x', ['content-digest', digest('x')], { mode })).toBe('accepted')
    expect(judged('x', ['content-digest', digest('x', 'sha-512')], { mode, length: null })).toBe('accepted')
    expect(judged('', ['content-digest', digest('')], { mode })).toBe('accepted')
  })

  it('is refused where one of those that count does not, first or last', () => {
    const [good, bad] = [digest('x'), digest('y', 'sha-512')]
    expect(judged('x', ['content-digest', digest('y')], { mode })).toBe('DIGEST_MISMATCH')
    expect(judged('x', ['content-digest', `${good}, ${bad}`], { mode })).toBe('DIGEST_MISMATCH')
    expect(judged('x', ['content-digest', `${bad}, ${good}`], { mode })).toBe('DIGEST_MISMATCH')
    expect(judged('', ['content-digest', good], { mode })).toBe('DIGEST_MISMATCH')
    expect(judged('x', ['content-digest', `${good}, md5=:AAAA:`], { mode })).toBe('accepted')
  })

  it('Repr-Digest is compared as well', () => {
    const both = (repr: string) => ['content-digest', digest('x'), 'repr-digest', repr]
    expect(judged('x', both(digest('x', 'sha-512')), { mode })).toBe('accepted')
    expect(judged('x', both(digest('y', 'sha-512')), { mode })).toBe('DIGEST_REPRESENTATION')
    expect(judged('x', [...both(digest('y')), 'content-range', 'bytes 0-0/2'], { mode })).toBe('accepted')
  })

  it('a digest or signature behind the body is refused', () => {
    const trailers = ['Signature', 'sig=:AA==:']
    expect(judged('x', ['content-digest', digest('x')], { mode, trailers })).toBe('DIGEST_IN_TRAILER')
    expect(judged('x', ['content-digest', digest('x')], { mode, trailers: ['x', '1'] })).toBe('accepted')
  })
})

describe('the digests that are computed', () => {
  const FIELDS = ['content-digest', digest('x'), 'repr-digest', digest('x')]

  it('are one by each algorithm, also where two fields have one by it', () => {
    const check = digestRule('optional')(aRequest({ fields: FIELDS, hasBody: true, contentLength: 1 }))
    expect(check).toMatchObject({ algorithms: ['sha-256'] })
  })

  it('are compared: a body that has none by an algorithm is not taken for one that matches', () => {
    const expected = { content: [], representation: [], wanting: null }
    const one = [{ algorithm: 'sha-256', digest: Buffer.alloc(32) }] as const
    const body = { blocks: [], length: 0, digests: new Map(), trailers: [] }
    expect(matchDigests(body, { ...expected, content: one })?.code).toBe('DIGEST_MISMATCH')
    expect(matchDigests(body, { ...expected, representation: one })?.code).toBe('DIGEST_REPRESENTATION')
  })
})

describe('a body without a digest that counts', () => {
  it('flows where that is optional', () => {
    expect(judged('x', [], { mode: 'optional' })).toBe('flows')
    expect(judged('x', ['content-digest', 'md5=:AAAA:'], { mode: 'optional' })).toBe('flows')
  })

  it('is refused where one is required, at the latest when its first octet is there', () => {
    expect(judged('x', [])).toBe('DIGEST_ABSENT')
    expect(judged('x', [], { length: null })).toBe('DIGEST_ABSENT')
    expect(judged('x', ['content-digest', 'md5=:AAAA:'], { length: null })).toBe('DIGEST_ALGORITHM')
    expect(judged('x', [], { length: null, trailers: ['content-digest', digest('x')] })).toBe(
      'DIGEST_IN_TRAILER',
    )
  })

  it('is none where nothing comes', () => {
    expect([judged('', []), judged('', [], { length: null })]).toEqual(['flows', 'accepted'])
  })
})
