import { describe, expect, it } from 'vitest'
import { isSha256Text, parseBase64url } from '../../src/codec/base64url.ts'

describe('parseBase64url (RFC 4648 §5, RFC 7515 §2)', () => {
  it.each([
    ['', ''],
    ['Zg', 'f'],
    ['Zm8', 'fo'],
    ['Zm9v', 'foo'],
    ['Zm9vYg', 'foob'],
    ['-_-_', Buffer.from('fbffbf', 'hex').toString('latin1')],
  ])('reads %j', (text, octets) => {
    expect(parseBase64url(text)?.toString('latin1')).toBe(octets)
  })

  it.each([
    ['padding', 'Zg=='],
    ['an impossible length', 'Zm9vY'],
    ['stray bits in the last of two', 'Zh'],
    ['stray bits in the last of three', 'Zm9'],
    ['the other alphabet', 'Zm+v'],
    ['a slash', 'Zm/v'],
    ['white space', 'Zm 9v'],
    ['a line break at the end', 'Zm9v\n'],
    ['a character beyond ASCII', 'Zm9é'],
  ])('refuses %s', (_, text) => {
    expect(parseBase64url(text)).toBeUndefined()
  })

  it('gives every value exactly one text', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const accepted = [...alphabet]
      .flatMap((first) => [...alphabet].map((last) => first + last))
      .filter(parseBase64url)
    expect(accepted).toHaveLength(256)
  })
})

describe('isSha256Text', () => {
  const text = 'A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0'

  it('takes the text of 32 octets', () => {
    expect(isSha256Text(text)).toBe(true)
  })

  it.each([
    ['too short', text.slice(1)],
    ['too long', `${text}A`],
    ['padded', `${text}=`],
    ['with stray bits', `${text.slice(0, -1)}1`],
    ['no text', 43],
    ['a list of one', [text]],
  ])('refuses one %s', (_, value) => {
    expect(isSha256Text(value)).toBe(false)
  })
})
