import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { isDenial } from '../../../src/domain/denial.ts'
import { expectDigests, hasDecisiveTrailer } from '../../../src/verify/content-digest/expect.ts'
import { outcome } from '../../support/outcome.ts'
import { aRequest } from '../../support/request.ts'

const SHA256 = createHash('sha256').update('x').digest('base64')
const SHA512 = createHash('sha512').update('x').digest('base64')

function read(fields: readonly string[], required = false, length: number | null = 1) {
  return expectDigests(
    aRequest({ fields, hasBody: length !== 0, contentLength: length }),
    required ? 'required' : 'optional',
  )
}

/** The algorithms that count, or the code. */
function counting(value: string): string {
  const expected = read(['Content-Digest', value])
  return isDenial(expected) ? expected.code : expected.content.map(({ algorithm }) => algorithm).join(' ')
}

describe('digest fields', () => {
  it('are dictionaries of byte sequences; all that count are kept', () => {
    expect(counting(`sha-256=:${SHA256}:`)).toBe('sha-256')
    expect(counting(`sha-512=:${SHA512}:,\tsha-256=:${SHA256}:`)).toBe('sha-512 sha-256')
    expect(counting(`sha-256=:${SHA256}:;note="ignored"`)).toBe('sha-256')
    expect(counting(`a=:AA==:, b=:AA==:, c=:AA==:, sha-256=:${SHA256}:`)).toBe('sha-256')
    const lines = read(['content-digest', `sha-256=:${SHA256}:`, 'CONTENT-DIGEST', `sha-512=:${SHA512}:`])
    expect(isDenial(lines) || lines.content.length).toBe(2)
  })

  it.each([
    'md5=:Sd/dVLAcvNLSq16eXua5uQ==:',
    'sha=:07CavjDP4u3/TungoUHJO/Wzr4c=:',
    'crc32c=:Q3lHIA==:',
    'constructor=:AA==:',
  ])('passes over %s', (member) => {
    expect(counting(member)).toBe('')
    expect(counting(`${member}, sha-256=:${SHA256}:`)).toBe('sha-256')
  })

  it.each([
    ['empty', ''],
    ['a token', `sha-256=${SHA256.slice(0, 20)}`],
    ['a string', `sha-256="${SHA256}"`],
    ['a flag', 'sha-256'],
    ['an inner list', `sha-256=(:${SHA256}:)`],
    ['base64url', `sha-256=:${SHA256.replaceAll('+', '-').replaceAll('/', '_')}-:`],
    ['over-padded', `sha-256=:${SHA256}=:`],
    ['upper case', `SHA-256=:${SHA256}:`],
    ['RFC 3230', `SHA-256=${SHA256}`],
    ['too short', 'sha-256=:AAAA:'],
    ['too long', `sha-256=:${SHA512}:`],
    ['twice', `sha-256=:${SHA256}:, sha-256=:${SHA256}:`],
    ['five', `a=:AA==:, b=:AA==:, c=:AA==:, d=:AA==:, sha-256=:${SHA256}:`],
    ['a text among those passed over', `md5="x", sha-256=:${SHA256}:`],
    ['a comma too many', `sha-256=:${SHA256}:,`],
  ])('malformed, %s: %s', (_, value) => {
    expect(counting(value)).toBe('DIGEST_MALFORMED')
    expect(outcome(read(['repr-digest', value]))).toBe('DIGEST_MALFORMED')
  })

  it('one algorithm in two lines is one time too many', () => {
    const line = ['content-digest', `sha-256=:${SHA256}:`]
    expect(outcome(read([...line, ...line]))).toBe('DIGEST_MALFORMED')
  })

  it('required: a body that is announced without one is refused at once', () => {
    expect(outcome(read([], true))).toBe('DIGEST_ABSENT')
    expect(outcome(read(['digest', `SHA-256=${SHA256}`], true))).toBe('DIGEST_ABSENT')
    expect(outcome(read(['repr-digest', `sha-256=:${SHA256}:`], true))).toBe('DIGEST_ABSENT')
    expect(outcome(read(['content-digest', 'md5=:Sd/dVLAcvNLSq16eXua5uQ==:'], true))).toBe('DIGEST_ALGORITHM')
    expect(read([], false)).toEqual({ content: [], representation: [], wanting: null })
  })

  it('counting: a field without one that counts is refused, body or not; its absence is not', () => {
    const judged = (length: number, ...fields: readonly string[]) =>
      outcome(expectDigests(aRequest({ fields, hasBody: length > 0, contentLength: length }), 'counting'))
    for (const length of [0, 1]) {
      expect(judged(length)).toBe('accepted')
      expect(judged(length, 'content-digest', 'md5=:Sd/dVLAcvNLSq16eXua5uQ==:')).toBe('DIGEST_ALGORITHM')
      expect(judged(length, 'content-digest', `sha-256=:${SHA256}:`)).toBe('accepted')
    }
  })

  it('required: whether a body of unknown length is one is seen when it comes; no body needs none', () => {
    expect(read([], true, null)).toMatchObject({ wanting: { code: 'DIGEST_ABSENT' } })
    expect(isDenial(read([], true, 0))).toBe(false)
  })

  it('Repr-Digest of a part cannot be compared (RFC 9110 §14.5)', () => {
    const whole = ['repr-digest', `sha-256=:${SHA256}:`]
    expect(read(whole)).toMatchObject({ representation: [{ algorithm: 'sha-256' }] })
    expect(read([...whole, 'Content-Range', 'bytes 0-0/9'])).toMatchObject({ representation: [] })
  })

  it('that are announced as trailer fields are refused, whatever else is', () => {
    for (const name of ['Content-Digest', 'repr-digest', 'Signature', 'SIGNATURE-INPUT'])
      expect(outcome(read(['trailer', `X-Other, ${name}`]))).toBe('DIGEST_IN_TRAILER')
    expect(outcome(read(['trailer', 'X-Other']))).toBe('accepted')
  })
})

describe('hasDecisiveTrailer', () => {
  it('looks at names, not at values', () => {
    expect(hasDecisiveTrailer(['Content-Digest', 'x'])).toBe(true)
    expect(hasDecisiveTrailer(['x', 'content-digest'])).toBe(false)
    expect(hasDecisiveTrailer(['x', 'y', 'content-digest', 'z'])).toBe(true)
    expect(hasDecisiveTrailer(['x', 'y', 'z', 'content-digest'])).toBe(false)
    expect(hasDecisiveTrailer([])).toBe(false)
  })
})
