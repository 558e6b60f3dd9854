import { expect, it } from 'vitest'
import { readResponse } from './response.ts'

const HEAD = 'HTTP/1.1 401 Unauthorized\r\nContent-Length: 4\r\nx: y\r\n\r\n'

it('an answer is whole with its last octet', () => {
  for (let end = 0; end < HEAD.length + 4; end++)
    expect(readResponse(`${HEAD}body`.slice(0, end))).toBe(undefined)
  expect(readResponse(`${HEAD}body`)).toBe(401)
})

it('an answer without a length, or with more than its length, is not counted', () => {
  expect(() => readResponse('HTTP/1.1 200 OK\r\nx: y\r\n\r\n')).toThrow('without a length')
  expect(() => readResponse('HTTP/1.1 200 OK\r\n\r\n\r\ncontent-length: 4\r\n')).toThrow('without a length')
  expect(() => readResponse(`${HEAD}body!`)).toThrow('nobody asked for')
})
