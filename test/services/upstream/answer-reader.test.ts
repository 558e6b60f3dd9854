import { describe, expect, it } from 'vitest'
import { AnswerReader } from '../../../src/services/upstream/answer-reader.ts'

interface Read {
  status: number
  fields: string[]
  body: string
  isWhole: boolean
  persists: boolean
  fault: string | undefined
}

/** What is read of these octets, given in pieces of such a size; `ends`: the connection ends behind them. */
function read(octets: string, { method = 'GET', size = octets.length || 1, ends = false } = {}): Read {
  const seen: Read = { status: 0, fields: [], body: '', isWhole: false, persists: false, fault: undefined }
  const parts: Buffer[] = []
  const reader = new AnswerReader(method, {
    onHead: (status, fields) => Object.assign(seen, { status, fields }),
    onData: (part) => void parts.push(part),
    onEnd: () => {
      seen.isWhole = true
    },
  })
  // What it is lent is overwritten afterwards, as a socket does.
  const lent = Buffer.alloc(size)
  for (let at = 0; at < octets.length && seen.fault === undefined; at += size) {
    const count = lent.write(octets.slice(at, at + size), 'latin1')
    seen.fault = reader.read(lent.subarray(0, count))
    lent.fill(0x58)
  }
  if (ends && seen.fault === undefined) reader.close()
  const body = Buffer.concat(parts).toString('latin1')
  return { ...seen, body, persists: reader.persists }
}

const OK = 'HTTP/1.1 200 OK\r\n'

describe('an answer is read', () => {
  const whole = [
    ['by its length', `${OK}Content-Length: 2\r\n\r\nok`, 'ok', true],
    [
      'in chunks',
      `${OK}Transfer-Encoding: Chunked\r\n\r\n1;a=b;c;d="e \\" f"\r\no\r\n01\r\nk\r\n0\r\nX-T: 1\r\n\r\n`,
      'ok',
      true,
    ],
    [
      'from one that says it is kept',
      `${OK}Connection: keep-alive\r\nContent-Length: 2\r\n\r\nok`,
      'ok',
      true,
    ],
    ['without a reason', 'HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok', 'ok', true],
    [
      'behind interim answers',
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 X\r\nA: b\r\n\r\n${OK}Content-Length: 2\r\n\r\nok`,
      'ok',
      true,
    ],
    ['the last on its connection', `${OK}Connection: x, Close\r\nContent-Length: 2\r\n\r\nok`, 'ok', false],
    ['from HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok', 'ok', false],
    [
      'from HTTP/1.0 that says it is kept',
      'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok',
      'ok',
      false,
    ],
    [
      'the last on its connection, though it also says that that is kept',
      `${OK}Connection: close\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok`,
      'ok',
      false,
    ],
    ['with more behind it', `${OK}Content-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\n`, 'ok', false],
    [
      'with more behind its chunks',
      `${OK}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\nx`,
      'ok',
      false,
    ],
    ['with 204', 'HTTP/1.1 204 None\r\n\r\n', '', true],
    ['with 204 and a body', 'HTTP/1.1 204 None\r\nContent-Length: 2\r\n\r\nok', '', false],
    ['with 204 and chunks announced', 'HTTP/1.1 204 None\r\nTransfer-Encoding: chunked\r\n\r\n', '', false],
    ['with 304', 'HTTP/1.1 304 Same\r\nETag: "x"\r\n\r\n', '', true],
    ['with 304 and a length', 'HTTP/1.1 304 Same\r\nContent-Length: 20\r\n\r\n', '', false],
    ['with 205', 'HTTP/1.1 205 Reset\r\nContent-Length: 0\r\n\r\n', '', true],
    ['with 205 and content', 'HTTP/1.1 205 Reset\r\nContent-Length: 2\r\n\r\nok', '', false],
    ['with 205 and chunks', 'HTTP/1.1 205 Reset\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', '', false],
    ['with 205 that says no length', 'HTTP/1.1 205 Reset\r\n\r\n', '', false],
    ['with a length of zero', `${OK}Content-Length: 0\r\n\r\n`, '', true],
  ] as const

  it.each(whole.map(([what, octets, body, persists]) => ({ what, octets, body, persists })))(
    '$what, in pieces of any size',
    ({ octets, body, persists }) => {
      for (const size of [octets.length, 1, 2, 3, 7, 40]) {
        const seen = read(octets, { size })
        expect([size, seen.fault, seen.body, seen.isWhole, seen.persists]).toEqual([
          size,
          undefined,
          body,
          true,
          persists,
        ])
      }
    },
  )

  it('with chunks of one octet, which are handed on together', () => {
    const parts: number[] = []
    const sink = {
      onHead: () => {},
      onData: ({ length }: Buffer) => void parts.push(length),
      onEnd: () => {},
    }
    const chunks = '1\r\nx\r\n'.repeat(9_000)
    new AnswerReader('GET', sink).read(
      Buffer.from(`${OK}Transfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`),
    )
    expect(parts).toEqual([9_000])
  })

  it('up to the end of the connection', () => {
    for (const size of [1, 5, 100]) {
      expect(read(`${OK}\r\nok`, { size })).toMatchObject({ body: 'ok', isWhole: false })
      expect(read(`${OK}\r\nok`, { size, ends: true })).toMatchObject({
        body: 'ok',
        isWhole: true,
        persists: false,
      })
    }
    expect(read(`${OK}Content-Length: 3\r\n\r\nok`, { ends: true }).isWhole).toBe(false)
    expect(read(`${OK}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n`, { ends: true }).isWhole).toBe(false)
  })

  it('not up to the end of a connection that anybody may have cut', () => {
    const sink = { onHead: () => {}, onData: () => {}, onEnd: () => {} }
    const fault = new AnswerReader('GET', sink, false).read(Buffer.from(`${OK}\r\nok`))
    expect(fault).toBe('neither length nor chunks, over TLS')
    for (const rest of ['Content-Length: 2\r\n\r\nok', 'Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n'])
      expect(new AnswerReader('GET', sink, false).read(Buffer.from(`${OK}${rest}`))).toBe(undefined)
    expect(new AnswerReader('HEAD', sink, false).read(Buffer.from(`${OK}\r\n`))).toBe(undefined)
  })

  it('without a body to HEAD, whatever is announced; what was, be it by saying nothing, may come all the same', () => {
    for (const [head, persists] of [
      [`${OK}Content-Length: 1`, false],
      [`${OK}Transfer-Encoding: chunked`, false],
      [`${OK}Content-Length: 0`, true],
      [`${OK}X: y`, false],
      ['HTTP/1.1 204 None', true],
      ['HTTP/1.1 304 Same', true],
      [`HTTP/1.1 103 X\r\n\r\n${OK}Content-Length: 0`, true],
    ])
      expect(read(`${head}\r\n\r\n`, { method: 'HEAD' })).toMatchObject({ isWhole: true, persists })
  })

  it('with a head of 16 KiB and sixteen interim ones before it, in pieces of any size, and with no more', () => {
    const interim = 'HTTP/1.1 103 X\r\n\r\n'.repeat(16)
    const headOf = (length: number) => `${OK}Content-Length: 0\r\nX: `.padEnd(length, 'x').concat('\r\n\r\n')
    for (const size of [20_000, 16_383, 16_384, 16_385, 16_386, 16_387, 16_388]) {
      expect([size, read(interim + headOf(16_384), { size }).isWhole]).toEqual([size, true])
      expect([size, read(headOf(16_384), { size }).isWhole]).toEqual([size, true])
      expect([size, read(headOf(16_385), { size }).fault]).toEqual([size, 'the head is too long'])
    }
  })

  it.each([
    ['timeout=5', 5_000],
    ['max=9, Timeout=70', 70_000],
    ['max=100', null],
    ['linger_timeout=5', null],
    ['timeout=5m', null],
    ['timeout=5\r\nKeep-Alive: max=100', 5_000],
  ])('with how long its connection is kept, where it says so: %s', (said, milliseconds) => {
    const sink = { onHead: () => {}, onData: () => {}, onEnd: () => {} }
    const reader = new AnswerReader('GET', sink)
    reader.read(Buffer.from(`${OK}Keep-Alive: ${said}\r\nContent-Length: 0\r\n\r\n`))
    expect(reader.keepAlive).toBe(milliseconds)
  })

  it('with its fields as they came, names in lower case', () => {
    const { fields } = read(
      `${OK}X-A:  b\xe9 c \t\r\nSet-Cookie: a\r\nSET-COOKIE:\r\nContent-Length: 0\r\n\r\n`,
    )
    expect(fields).toEqual(['x-a', 'b\xe9 c', 'set-cookie', 'a', 'set-cookie', '', 'content-length', '0'])
  })
})

describe('an answer is refused', () => {
  const chunked = `${OK}Transfer-Encoding: chunked\r\n\r\n`
  it.each([
    ['another protocol', 'HTTP/2 200 OK\r\n\r\n'],
    ['another version', 'HTTP/1.2 200 OK\r\n\r\n'],
    ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n'],
    ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n'],
    ['a status below all classes', 'HTTP/1.1 099 Odd\r\n\r\n'],
    ['a space before the status', 'HTTP/1.1  200 OK\r\n\r\n'],
    ['an empty line before it', `\r\n${OK}\r\n`],
    ['a bare LF', `${OK.replace('\r', '')}\r\n\r\n`],
    ['bare LFs alone', 'HTTP/1.1 200 OK\nContent-Length: 2\n\nok'],
    ['a bare CR', `${OK}X: a\rb\r\n\r\n`],
    ['NUL', `${OK}X: a\0b\r\n\r\n`],
    ['a folded line', `${OK}X: a\r\n b\r\n\r\n`],
    ['a line without a colon', `${OK}X\r\nA: b\r\n\r\n`],
    ['no name', `${OK}: a\r\n\r\n`],
    ['a space before the colon', `${OK}Content-Length : 2\r\n\r\nok`],
    ['a name that is no token', `${OK}X(A): a\r\n\r\n`],
    ['a length said twice', `${OK}Content-Length: 2\r\nContent-Length: 2\r\n\r\nok`],
    ['a list of lengths', `${OK}Content-Length: 2, 2\r\n\r\nok`],
    ['a negative length', `${OK}Content-Length: -2\r\n\r\n`],
    ['a length with a sign', `${OK}Content-Length: +2\r\n\r\n`],
    ['a length that is no decimal', `${OK}Content-Length: 0x2\r\n\r\n`],
    ['an empty length', `${OK}Content-Length:\r\n\r\n`],
    ['a length beyond all numbers', `${OK}Content-Length: 9007199254740993\r\n\r\n`],
    ['a length and chunks', `${OK}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n`],
    ['chunks of HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['another coding', `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n`],
    ['chunks twice', `${OK}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n`],
    ['another coding alone', `${OK}Transfer-Encoding: identity\r\n\r\n`],
    ['a switch of protocols', 'HTTP/1.1 101 Go\r\n\r\n'],
    ['interim answers without an end', 'HTTP/1.1 103 X\r\n\r\n'.repeat(17)],
    ['an interim answer that ends the connection', `HTTP/1.1 103 X\r\nConnection: close\r\n\r\n${OK}\r\n`],
    ['an interim answer with a body', `HTTP/1.1 103 X\r\nContent-Length: 2\r\n\r\nok${OK}\r\n`],
    ['chunks said with a tab behind', `${OK}Transfer-Encoding: chunked\t\r\n\r\n0\r\n\r\n`],
    ['a head without an end', `${OK}${'X: y\r\n'.repeat(3_000)}`],
    ['a head that is too long', `${OK}X: ${'y'.repeat(16_400)}\r\n\r\n`],
    ['a chunk without a size', `${chunked}\r\n`],
    ['a size with a sign', `${chunked}+2\r\nok\r\n`],
    ['a size with 0x', `${chunked}0x2\r\nok\r\n`],
    ['a size with a space', `${chunked}2 \r\nok\r\n`],
    ['a size beyond all numbers', `${chunked}100000002\r\nok\r\n`],
    ['a size line with a bare LF', `${chunked}2\nok\r\n`],
    ['a CR within an extension', `${chunked}2;a\rb\r\nok\r\n`],
    ['an extension that is none', `${chunked}2;a=b:c\r\nok\r\n0\r\n\r\n`],
    ['an extension whose quotes do not end', `${chunked}2;a="b\r\nok\r\n0\r\n\r\n`],
    ['a length in a trailer', `${chunked}2\r\nok\r\n0\r\nContent-Length: 2\r\n\r\n`],
    ['a chunk longer than its size', `${chunked}1\r\nok\r\n`],
    ['a chunk that ends with a bare LF', `${chunked}2\r\nok\n`],
    ['a trailer that is no field', `${chunked}0\r\nX\r\n\r\n`],
    ['a folded trailer', `${chunked}0\r\nX: a\r\n b\r\n\r\n`],
    ['an extension without an end', `${chunked}2;${'a'.repeat(9_000)}`],
    ['extensions without an end', `${chunked}${`1;${'a'.repeat(2_000)}\r\nx\r\n`.repeat(10)}`],
    ['trailers without an end', `${chunked}0\r\n${`X: ${'a'.repeat(2_000)}\r\n`.repeat(10)}`],
  ])('%s', (_, octets) => {
    for (const size of [octets.length, 1, 3]) {
      const seen = read(octets, { size })
      expect([size, typeof seen.fault, seen.isWhole]).toEqual([size, 'string', false])
    }
  })
})
