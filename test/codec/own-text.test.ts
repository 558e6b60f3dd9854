import { expect, it } from 'vitest'
import { ownText } from '../../src/codec/own-text.ts'

it.each([0, 1, 4095, 4096, 4097, 10_000])(
  'a text of %i characters is the same, whatever came before it',
  (length) => {
    ownText('x'.repeat(4096))
    const text = '\0\x7f\x80\xe9\xff'.repeat(2000).slice(0, length)
    expect(ownText(text)).toBe(text)
  },
)
