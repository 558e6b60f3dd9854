import { describe, expect, it } from 'vitest'
import { NOTHING_SHOWN } from '../../../src/domain/peer-identity.ts'
import { parseRequestHead } from '../../../src/gateway/http1/request-head.ts'
import { RequestFault } from '../../../src/gateway/request-fault.ts'

function parsed(...lines: string[]) {
  return parseRequestHead(Buffer.from(lines.join('\r\n'), 'latin1'), NOTHING_SHOWN)
}

const GET = 'GET /a?b HTTP/1.1'
const POST = 'POST / HTTP/1.1'

describe('the head of a request', () => {
  it('is read as it came', () => {
    expect(parsed(GET, 'Host: a', 'X-Odd:\t caf\xe9 \t', 'x-odd:', 'DPoP: a')).toEqual({
      raw: {
        version: '1.1',
        method: 'GET',
        target: '/a?b',
        authority: null,
        fields: ['Host', 'a', 'X-Odd', 'caf\xe9', 'x-odd', '', 'DPoP', 'a'],
        mayHaveBody: true,
        ...NOTHING_SHOWN,
      },
      framing: 0,
      persists: true,
      expectsProceed: false,
    })
  })

  it.each([
    ['no fields at all', [GET], { framing: 0, persists: true }],
    ['a length', [POST, 'content-length: 12'], { framing: 12 }],
    ['a length of nothing', [POST, 'Content-Length: 0'], { framing: 0 }],
    ['chunks', [POST, 'Transfer-Encoding: CHUNKED'], { framing: 'chunked' }],
    ['an expectation', [POST, 'Expect: 100-Continue', 'Content-Length: 1'], { expectsProceed: true }],
    ['another expectation', [POST, 'Expect: x'], { expectsProceed: false }],
    ['close among others', [GET, 'Connection: x,\tClose , y'], { persists: false }],
    ['close in another word', [GET, 'Connection: closed'], { persists: true }],
    ['HTTP/1.0', ['GET / HTTP/1.0', 'Connection: keep-alive'], { persists: false }],
    ['a method that nobody knows', ['BREW / HTTP/1.1'], { framing: 0 }],
  ])('says what it says: %s', (_, lines, expected) => {
    expect(parsed(...lines)).toMatchObject(expected)
  })

  it.each([
    ['nothing', ['']],
    ['no target', ['GET  HTTP/1.1']],
    ['no version', ['GET /']],
    ['a version in lower case', ['GET / http/1.1']],
    ['another version', ['GET / HTTP/2.0']],
    ['a version of more digits', ['GET / HTTP/1.10']],
    ['a tab in the first line', ['GET\t/ HTTP/1.1']],
    ['an octet beyond ASCII in the target', ['GET /\xe9 HTTP/1.1']],
    ['a method that is no token', ['GE(T / HTTP/1.1']],
    ['a folded line', [GET, 'A: 1', ' 2']],
    ['a space before the colon', [GET, 'A : 1']],
    ['no colon', [GET, 'A']],
    ['no name', [GET, ': 1']],
    ['a name beyond ASCII', [GET, 'caf\xe9: 1']],
    ['a zero octet', [GET, 'A: \0']],
    ['a DEL', [GET, 'A: \x7f']],
    ['a bare CR', [GET, 'A: 1\rB: 2']],
    ['a bare CR at the end of a line', [GET, 'A: 1\r', 'B: 2']],
    ['a bare LF', [GET, 'A: 1\nB: 2']],
    ['an empty line', [GET, '', 'A: 1']],
    ['two lengths', [POST, 'Content-Length: 1', 'content-length: 1']],
    ['a length that is a list', [POST, 'Content-Length: 1, 1']],
    ['a length that is negative', [POST, 'Content-Length: -1']],
    ['a length in hexadecimal', [POST, 'Content-Length: 0x1']],
    ['an empty length', [POST, 'Content-Length:']],
    ['a length past all bounds', [POST, 'Content-Length: 1000000000000000']],
    ['a length and chunks', [POST, 'Content-Length: 1', 'Transfer-Encoding: chunked']],
    ['chunks twice', [POST, 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked']],
    ['another coding', [POST, 'Transfer-Encoding: gzip, chunked']],
    ['an empty coding', [POST, 'Transfer-Encoding:']],
    ['a coding that only looks like chunked', [POST, 'Transfer-Encoding: xchunked']],
    ['a coding with a vertical tab', [POST, 'Transfer-Encoding: \x0bchunked']],
    ['a coding with a tab behind it', [POST, 'Transfer-Encoding: chunked\t']],
    ['chunks in HTTP/1.0', ['POST / HTTP/1.0', 'Transfer-Encoding: chunked']],
  ])('is refused for %s', (_, lines) => {
    const fault = parsed(...lines)
    expect(fault instanceof RequestFault && fault.denial.code).toBe('FRAMING_BROKEN')
  })

  it('is refused for CONNECT, whatever its target', () => {
    const fault = parsed('CONNECT a:443 HTTP/1.1', 'Host: a:443')
    expect(fault).toMatchObject({ denial: { code: 'METHOD_UNKNOWN' }, fields: ['Host', 'a:443'] })
  })
})
