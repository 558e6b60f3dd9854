import { expect, it } from 'vitest'
import { beginHead } from '../../../src/gateway/http1/answer-head.ts'

it('a head is written with its reason and a date', () => {
  const { text, saysLength } = beginHead(404, ['content-type', 'text/plain', 'x-odd', 'caf\xe9\t1'])
  expect(text).toMatch(
    /^HTTP\/1\.1 404 Not Found\r\ncontent-type: text\/plain\r\nx-odd: caf\xe9\t1\r\ndate: [A-Z][a-z]{2}, [0-9]{2} .* GMT\r\n$/,
  )
  expect(saysLength).toBe(false)
})

it('a date and a length that are there already stay the only ones', () => {
  const { text, saysLength } = beginHead(299, [
    'date',
    'Thu, 01 Jan 1970 00:00:00 GMT',
    'content-length',
    '5',
  ])
  expect(text).toBe('HTTP/1.1 299 \r\ndate: Thu, 01 Jan 1970 00:00:00 GMT\r\ncontent-length: 5\r\n')
  expect(saysLength).toBe(true)
})

it.each(['a\r\nset-cookie: x', 'a\n', '\r', '\0', '\x7f', 'a\u0100'])(
  '%j cannot be written as a value',
  (value) => {
    expect(() => beginHead(200, ['x', value])).toThrow('the value of x cannot be written')
  },
)
