import { describe, expect, it } from 'vitest'
import { isDenial } from '../../../src/domain/denial.ts'
import { wantedAlgorithm } from '../../../src/verify/content-digest/answer.ts'
import { contentHasher } from '../../../src/verify/content-digest/hasher.ts'
import { digestRule } from '../../../src/verify/content-digest/match.ts'
import { NOW } from '../../support/clock.ts'
import { outcome } from '../../support/outcome.ts'
import { aRequest } from '../../support/request.ts'
import { vectors } from '../../support/vectors.ts'

interface Example {
  readonly where: string
  readonly content: string
  readonly field: string
  readonly holds?: boolean
  readonly malformed?: boolean
  readonly deprecated?: boolean
}

const { digests, want } = vectors<{
  readonly digests: readonly Example[]
  readonly want: readonly { readonly where: string; readonly field: string; readonly algorithm: string }[]
}>('rfc9530/rfc9530.json')

function expected({ malformed, deprecated, holds }: Example, mismatch: string): string {
  if (malformed === true) return 'DIGEST_MALFORMED'
  if (deprecated === true) return mismatch === 'DIGEST_MISMATCH' ? 'DIGEST_ALGORITHM' : 'accepted'
  return holds === false ? mismatch : 'accepted'
}

describe.each(['content-digest', 'repr-digest'])('the examples of RFC 9530 as %s of a request', (name) => {
  it.each(digests)('$where', (example) => {
    const content = Buffer.from(example.content, 'hex')
    const facts = aRequest({ fields: [name, example.field], hasBody: true, contentLength: content.length })
    const rule = digestRule(name === 'content-digest' ? 'required' : 'optional')
    const check = rule(facts)
    const mismatch = name === 'content-digest' ? 'DIGEST_MISMATCH' : 'DIGEST_REPRESENTATION'
    if (check === undefined || isDenial(check))
      return expect(outcome(check)).toBe(expected(example, mismatch))
    const hasher = contentHasher(check.algorithms)
    hasher.add(content)
    const body = { blocks: [content], length: content.length, digests: hasher.digests(), trailers: [] }
    expect(outcome(check.check(body, NOW))).toBe(expected(example, mismatch))
  })
})

describe('Want-Content-Digest', () => {
  it.each(want)('$where: $field', ({ field, algorithm }) => {
    expect(wantedAlgorithm(['want-content-digest', field])).toBe(algorithm)
  })

  it('is followed where it prefers the other, and passed over where it is no hint', () => {
    expect(wantedAlgorithm(['Want-Content-Digest', 'sha-512=10, sha-256=3'])).toBe('sha-512')
    expect(wantedAlgorithm(['Want-Content-Digest', 'sha-512=1'])).toBe('sha-512')
    for (const field of [
      'sha-512=11',
      'sha-512=-1',
      'sha-512=-1, sha-256=-2',
      'sha-512=0',
      'sha-512=1.5',
      'sha-512',
      'sha-512=(1)',
      'sha-512=1,',
      '',
    ])
      expect(wantedAlgorithm(['want-content-digest', field])).toBe('sha-256')
    expect(wantedAlgorithm([])).toBe('sha-256')
  })
})
