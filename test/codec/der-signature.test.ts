import { generateKeyPairSync, sign, verify } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { derSignature } from '../../src/codec/der-signature.ts'
import { seeded } from '../support/seeded.ts'

const raw = (hex: string) => Buffer.from(hex, 'hex')
const one = (octets: number) => `${'00'.repeat(octets - 1)}01`

describe('an ECDSA signature in DER (RFC 3279 §2.2.3)', () => {
  it.each([
    ['numbers that fill their octets', '7f'.repeat(64), `3044${`0220${'7f'.repeat(32)}`.repeat(2)}`],
    ['numbers that would be negative', 'ff'.repeat(64), `3046${`022100${'ff'.repeat(32)}`.repeat(2)}`],
    ['leading zeros', one(32).repeat(2), '3006020101020101'],
    ['a zero', '00'.repeat(32) + one(32), '3006020100020101'],
    ['a high octet behind a zero', `00${'80'.repeat(31)}${one(32)}`, `3025022000${'80'.repeat(31)}020101`],
    [
      '127 octets',
      `${'7f'.repeat(62)}00${'7f'.repeat(61)}`,
      `307f023e${'7f'.repeat(62)}023d${'7f'.repeat(61)}`,
    ],
    ['128 octets', '7f'.repeat(124), `308180${`023e${'7f'.repeat(62)}`.repeat(2)}`],
    ['more than 127 octets', 'ff'.repeat(132), `30818a${`024300${'ff'.repeat(66)}`.repeat(2)}`],
  ])('%s', (_, before, after) => {
    expect(derSignature(raw(before)).toString('hex')).toBe(after)
  })

  it.each([
    ['P-256', 'sha256'],
    ['P-384', 'sha384'],
    ['P-521', 'sha512'],
  ])('is what OpenSSL verifies, with %s', (namedCurve, digest) => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve })
    // One in 128 has a leading zero.
    for (let at = 0; at < 300; at++) {
      const signed = Buffer.from(`${at}`)
      const signature = sign(digest, signed, { key: privateKey, dsaEncoding: 'ieee-p1363' })
      expect(verify(digest, signed, publicKey, derSignature(signature))).toBe(true)
    }
  })

  it('is the shortest there is, for numbers of any length', () => {
    const random = seeded(20261126)
    for (let at = 0; at < 2_000; at++) {
      const numbers = [0, 1].map(() => {
        const zeros = random.below(33)
        return Buffer.from(Array.from({ length: 32 }, (_, index) => (index < zeros ? 0 : random.below(256))))
      })
      expect(derSignature(Buffer.concat(numbers)).toString('hex')).toBe(sequenceOf(numbers))
    }
  })
})

/** The same by way of big numbers. */
function sequenceOf(numbers: readonly Buffer[]): string {
  const integers = numbers.map((number) => {
    const digits = BigInt(`0x${number.toString('hex')}`).toString(16)
    const even = digits.length % 2 === 0 ? digits : `0${digits}`
    const hex = Number.parseInt(even.slice(0, 2), 16) >= 0x80 ? `00${even}` : even
    return `02${(hex.length / 2).toString(16).padStart(2, '0')}${hex}`
  })
  const content = integers.join('')
  return `30${(content.length / 2).toString(16).padStart(2, '0')}${content}`
}
