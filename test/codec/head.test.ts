import { describe, expect, it } from 'vitest'
import { readHead } from '../../src/codec/head.ts'

describe('the head of a message', () => {
  const read = (octets: Buffer) => readHead(octets, (name) => name.toLowerCase())
  /** One field whose value has one octet changed, wherever in a head of any length that is. */
  const withOctet = (code: number, at: number, length: number) => {
    const value = Buffer.alloc(length, 'v')
    value[at] = code
    return Buffer.concat([Buffer.from('GET / HTTP/1.1\r\nName: '), value])
  }
  const everywhere = Array.from({ length: 40 }, (_, at) => [at, at + 1 + (at % 18)] as const)
  const isStray = (code: number) => (code < 0x20 && ![0x09, 0x0a, 0x0d].includes(code)) || code === 0x7f

  it('no control character passes, whichever it is and wherever it stands', () => {
    for (let code = 0; code < 256; code++) {
      if (!isStray(code)) continue
      for (const [at, length] of everywhere)
        expect(read(withOctet(code, at, length)), `${code}`).toBeUndefined()
    }
  })

  it('whatever may stand in a value is read as it came', () => {
    for (let code = 0x21; code < 256; code++) {
      if (isStray(code)) continue
      for (const [at, length] of everywhere) {
        const octets = withOctet(code, at, length)
        expect(read(octets)?.fields).toEqual(['name', octets.toString('latin1').split(': ')[1]])
      }
    }
  })

  it('it is read alike wherever in its memory it begins', () => {
    const memory = Buffer.from('xxxxxGET / HTTP/1.1\r\nName: a long value, and one more')
    for (let from = 0; from <= 5; from++)
      expect(read(memory.subarray(from))?.fields).toEqual(['name', 'a long value, and one more'])
  })
})
