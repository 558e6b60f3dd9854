import { expect, it } from 'vitest'
import { NOTHING_SHOWN } from '../../src/domain/peer-identity.ts'
import { readStreamHead } from '../../src/gateway/http2/request-head.ts'

const HEAD = [':method', 'GET', ':path', '/a', ':scheme', 'https', ':authority', 'api.bank.example']

it('the head of a stream is its pseudo-header fields and the rest', () => {
  expect(readStreamHead([...HEAD, 'a', 'b'], true, NOTHING_SHOWN, 1_000)).toMatchObject({
    ...{ method: 'GET', target: '/a', authority: 'api.bank.example' },
    ...{ fields: ['a', 'b'], mayHaveBody: false },
  })
})

/** Most of these nghttp2 does not let through; should it ever, they are no requests here either (RFC 9113 §8.3.1). */
it.each([
  ['a pseudo-header field twice', [...HEAD, ':path', '/b']],
  ['an extended CONNECT (RFC 8441)', [...HEAD, ':protocol', 'websocket']],
  ['another scheme', HEAD.map((each) => (each === 'https' ? 'http' : each))],
  ['no method', HEAD.slice(2)],
  ['a path that is none', HEAD.map((each) => (each === '/a' ? 'a' : each))],
])('with %s it is none', (_, flat) => {
  expect(readStreamHead(flat, true, NOTHING_SHOWN, 1_000)).toMatchObject({
    denial: { code: 'TARGET_MALFORMED' },
  })
})

it.each([
  ['FIELDS_TOO_LARGE', [...HEAD, 'a', 'b'.repeat(900)]],
  ['FIELDS_TOO_LARGE', [...HEAD, ...Array.from({ length: 60 }, () => 'x')]],
  ['TARGET_TOO_LONG', HEAD.map((each) => each.replace('/a', `/${'a'.repeat(1_000)}`))],
])('it is %s where it is larger than it may be (RFC 9113 §6.5.2)', (code, flat) => {
  expect(readStreamHead(flat, true, NOTHING_SHOWN, 1_000)).toMatchObject({ denial: { code } })
})

it('each of its fields counts as 32 octets more than it has, the pseudo-header fields too', () => {
  const size = HEAD.join('').length + 4 * 32
  const taken = [size - 1, size].map((limit) => 'denial' in readStreamHead(HEAD, true, NOTHING_SHOWN, limit))
  expect(taken).toEqual([true, false])
})
