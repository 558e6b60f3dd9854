import { describe, expect, it } from 'vitest'
import { Chunks } from '../../src/codec/chunks.ts'

/** What is read of a body that comes in parts of so many octets; null where it is malformed. */
function read(text: string, size = text.length) {
  const chunks = new Chunks()
  const octets = Buffer.from(text, 'latin1')
  const data: string[] = []
  let at = 0
  while (at < octets.length && !chunks.isWhole) {
    const end = chunks.read(octets.subarray(at, at + size), (part) => data.push(part.toString('latin1')))
    if (end === undefined) return null
    at += end
  }
  return { body: data.join(''), parts: data.length, at, isWhole: chunks.isWhole, trailers: chunks.trailers }
}
const END = '0\r\n\r\n'
const isRead = (text: string) => read(text)?.isWhole ?? false

describe('a body in chunks (RFC 9112 §7.1)', () => {
  const BODY = '4;a="\\"b";c\r\nWi\r\n\r\n00a\r\n0123456789\r\n00\r\nExpires:  \t1 \r\nA:\r\n\r\n'

  it('is taken apart alike in whatever pieces it comes', () => {
    for (let size = 1; size <= BODY.length; size++) {
      const { body, at, isWhole, trailers } = read(BODY, size)!
      expect({ body, at, isWhole, trailers }).toEqual({
        body: 'Wi\r\n0123456789',
        at: BODY.length,
        isWhole: true,
        trailers: ['Expires', '1', 'A', ''],
      })
    }
  })

  it('is handed on in one part, or in none', () => {
    expect(read(BODY)?.parts).toBe(1)
    expect(read(`1\r\na\r\n${END}`)).toMatchObject({ body: 'a', parts: 1 })
    expect(read(END)).toMatchObject({ body: '', parts: 0, isWhole: true })
  })

  it('ends where it ends: what follows is another message', () => {
    expect(read(`${END}${END}`)).toMatchObject({ at: END.length, isWhole: true })
    expect(read(`1\r\na\r\n${END}GET`)).toMatchObject({ at: 6 + END.length })
  })

  it('is not whole before that', () => {
    for (const text of ['', '1', '1\r\n', '1\r\na', '1\r\na\r\n', '0\r\n', '0\r\nA: 1\r\n', '0\r\n\r'])
      expect(read(text)?.isWhole, JSON.stringify(text)).toBe(false)
  })

  it('nothing is handed on of what turns out malformed', () => {
    const handed: string[] = []
    const octets = Buffer.from('1\r\na\r\nx\r\n')
    expect(new Chunks().read(octets, (part) => handed.push(part.toString()))).toBeUndefined()
    expect(handed).toEqual([])
  })

  it.each(['a', 'A', '0A', '0000000a'])('a size of %s', (size) => {
    expect(read(`${size}\r\n0123456789\r\n${END}`)?.body).toBe('0123456789')
  })

  it.each([
    ...[
      '',
      ' 1',
      '1 ',
      '0x1',
      '-1',
      '+1',
      '1_0',
      '000000001',
      'g',
      '1\r',
      '1;',
      '1;a=',
      '1;=b',
      '1; a',
      '1 ;a',
    ],
    ...['1;a="', '1;a="b', '1;a=b"', '1;a="\x01"', '1;a="\\\x01"', '1;a=b c', '1;\x80', '1,a'],
  ])('no size is %j', (size) => {
    expect(isRead(`${size}\r\na\r\n${END}`)).toBe(false)
  })

  it.each([
    "Az09!#$%&'*+.^_`|~-",
    'a=b;c',
    'a="\t !#[]~\x80\xff"',
    'a="\\"\\\\\\\t\\\xff"',
    'a=""',
    "Az0=Az09!#$%&'*+.^_`|~-",
  ])('an extension is passed over: %j', (extension) => {
    expect(isRead(`1;${extension}\r\na\r\n${END}`)).toBe(true)
  })

  it('a line ends with CRLF and nothing else', () => {
    for (const text of [
      `1\na\r\n${END}`,
      `1\r\na\n${END}`,
      `1\r\na${END}`,
      `1\r\nab\r\n${END}`,
      '0\n\r\n',
      '0\r\n\n',
    ])
      expect(isRead(text), JSON.stringify(text)).toBe(false)
  })
})

describe('trailers (RFC 9112 §7.1.2)', () => {
  it.each([
    ...['A : 1', ': 1', 'A', ' A: 1', '\tA: 1', 'A\x00: 1', 'A: \x00', 'A: \x7f', 'A: \rb', 'Ä: 1'],
    ...['Content-Length: 1', 'TRANSFER-ENCODING: chunked', 'connection: close', 'Upgrade: x', 'Trailer: A'],
  ])('%j is none', (line) => {
    expect(isRead(`0\r\n${line}\r\n\r\n`)).toBe(false)
  })

  it('hold what a field holds', () => {
    expect(read('0\r\nA:\tä b:c \r\nB:1\r\n\r\n')?.trailers).toEqual(['A', 'ä b:c', 'B', '1'])
  })
})

describe('as much as is borne, and one octet more', () => {
  const KIB = 1024

  it('of a line', () => {
    const line = (length: number) => `1;${'a'.repeat(length - 3)}\r\na\r\n${END}`
    expect([isRead(line(8 * KIB)), isRead(line(8 * KIB + 1))]).toEqual([true, false])
    expect(read('1;'.padEnd(8 * KIB, 'a'))).not.toBeNull()
    expect(read('1;'.padEnd(8 * KIB + 1, 'a'))).toBeNull()
  })

  it('of extensions together', () => {
    const extended = (more: number) =>
      `${`1;${'a'.repeat(1023)}\r\na\r\n`.repeat(15)}1;${'a'.repeat(1023 + more)}\r\na\r\n${END}`
    expect([isRead(extended(0)), isRead(extended(1))]).toEqual([true, false])
  })

  it('of trailers together, with the ends of their lines', () => {
    const trailed = (more: number) =>
      `0\r\n${`A:${'b'.repeat(1020)}\r\n`.repeat(15)}A:${'b'.repeat(1020 + more)}\r\n\r\n`
    expect([isRead(trailed(0)), isRead(trailed(1))]).toEqual([true, false])
  })

  it('of extensions and trailers together, while data is not counted', () => {
    const both = (more: number) => {
      const data = `400\r\n${'d'.repeat(KIB)}\r\n`.repeat(20)
      return `${data}1;${'a'.repeat(4095)}\r\na\r\n0;${'a'.repeat(4095)}\r\nA:${'b'.repeat(8184)}\r\nA:${'b'.repeat(more)}\r\n\r\n`
    }
    expect([isRead(both(0)), isRead(both(1))]).toEqual([true, false])
  })
})
