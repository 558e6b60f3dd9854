import { describe, expect, it } from 'vitest'
import { CLOSES, fieldNames, readHead, withoutWhitespace } from '../../src/codec/head.ts'

const LINES = 'GET / HTTP/1.1\r\nA:1\r\nBc: \t2:3 \r\nD:'

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

  it('nor as the very first octet', () => {
    for (let code = 0; code < 256; code++)
      if (isStray(code)) expect(read(Buffer.from([code, ...Buffer.from(LINES)])), `${code}`).toBeUndefined()
  })

  it('it is read alike wherever in its memory it begins', () => {
    const memory = Buffer.from('xxxxxGET / HTTP/1.1\r\nName: a long value, and one more')
    for (let from = 0; from <= 5; from++)
      expect(read(memory.subarray(from))?.fields).toEqual(['name', 'a long value, and one more'])
  })
})

describe('the lines of a head (RFC 9112 §2.2, §5)', () => {
  /** The names as they come, so that nothing else refuses what a line must not be. */
  const read = (text: string) => readHead(Buffer.from(text, 'latin1'), (name) => name)

  it('are a first one, and fields without white space around their values', () => {
    const fields = ['A', '1', 'Bc', '2:3', 'D', '']
    expect(read(LINES)).toEqual({ start: 'GET / HTTP/1.1', fields })
    expect(read('HTTP/1.1 200')).toEqual({ start: 'HTTP/1.1 200', fields: [] })
  })

  it.each(['\r', '\n', '\n\r', '\r\r', '\r\r\n', '\n\r\n'])('end with CRLF, and none holds %j', (end) => {
    for (let at = 0; at <= LINES.length; at++) {
      const text = LINES.slice(0, at) + end + LINES.slice(at)
      expect(read(text), JSON.stringify(text)).toBeUndefined()
    }
  })

  it.each(['\nA:1', '\rA:1', 'x\nA:1', 'xx\nA:1', '\nGET', '\rGET', '\n', '\r'])(
    '%j is no first line',
    (text) => {
      expect(read(text)).toBeUndefined()
    },
  )

  it('an empty first line is for its reader to judge', () => {
    expect(read('\r\nA:1')).toEqual({ start: '', fields: ['A', '1'] })
  })

  it.each([
    ['without a colon', 'A'],
    ['without a colon, before one with it', 'A\r\nB: 1'],
    ['without a colon, behind one with it', 'B: 1\r\nA'],
    ['folded', 'B: 1\r\n 2'],
    ['empty', ''],
    ['empty, before another', '\r\nB: 1'],
  ])('one %s is none', (_, lines) => {
    expect(read(`GET / HTTP/1.1\r\n${lines}`)).toBeUndefined()
  })

  it('of which one has a name that is none', () => {
    const named = (name: string) => readHead(Buffer.from(`GET / HTTP/1.1\r\n${name}: 1`), fieldNames(String))
    const ALL = "AZaz09!#$%&'*+.^_`|~-"
    for (const name of [ALL, ALL.repeat(4)]) expect(named(name)?.fields).toEqual([name, '1'])
    for (const name of ['', 'a ', 'a\t', ' a', 'a b', 'a(b', '"a"', 'a,b', 'é'])
      expect(named(name), name).toBeUndefined()
  })

  it('of which one says how the body is framed, and has a tab behind it', () => {
    for (const behind of ['\t', ' \t', '\t ', ' \t\t  '])
      expect(read(`POST / HTTP/1.1\r\nTRANSFER-Encoding: chunked${behind}`), behind).toBeUndefined()
    expect(read('POST / HTTP/1.1\r\nTransfer-Encoding:\tchunked ')).toBeDefined()
    expect(read('POST / HTTP/1.1\r\nTransfer: chunked\t')?.fields).toEqual(['Transfer', 'chunked'])
  })

  it('nothing but spaces and tabs is taken from around a value', () => {
    expect(withoutWhitespace('x \t a\u00a0\t x', 1, 8)).toBe('a\u00a0')
    expect(withoutWhitespace('x   x', 1, 4)).toBe('')
  })
})

describe('names', () => {
  it('are remembered within bounds', () => {
    const names = fieldNames((name) => name.toLowerCase())
    for (let each = 0; each < 5000; each++) expect(names(`X-${each}`)).toBe(`x-${each}`)
    expect([names('A'), names('A'), names('a b')]).toEqual(['a', 'a', undefined])
  })
})

it('a connection is closed by the option of that name (RFC 9112 §9.6)', () => {
  for (const value of ['close', 'Close', 'keep-alive, close', 'close , x', '\tclose\t', ',close,'])
    expect(CLOSES.test(value), value).toBe(true)
  for (const value of ['', 'closed', 'x-close', 'close-x', 'no close', 'close x'])
    expect(CLOSES.test(value), value).toBe(false)
})
