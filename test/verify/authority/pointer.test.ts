import { describe, expect, it } from 'vitest'
import { memberAt, parsePointer } from '../../../src/verify/authority/pointer.ts'

const at = (value: unknown, pointer: string) => memberAt(value, parsePointer(pointer))

describe('what stands at a pointer (RFC 6901)', () => {
  it.each<[string, unknown]>([
    ['a', [{ b: 'c' }, 'd']],
    ['/a/0/b', 'c'],
    ['/a/1', 'd'],
    ['/x~1y', 1],
    ['/x~0y', 2],
    ['/x~01y', 3],
    ['/', 4],
    ['/null', null],
  ])('%s: %j', (pointer, found) => {
    const value = { a: [{ b: 'c' }, 'd'], 'x/y': 1, 'x~y': 2, 'x~1y': 3, '': 4, null: null }
    expect(at(value, pointer)).toEqual(found)
  })

  it.each([
    '/a/2',
    '/a/00',
    '/a/01',
    '/a/',
    '/a/-',
    '/a/-0',
    '/a/+1',
    '/a/1.0',
    '/a/1e0',
    '/a/0x1',
    '/a/ 1',
    '/a/length',
  ])('no element: %s (§4)', (pointer) => {
    expect(at({ a: ['c', 'd'] }, pointer)).toBeUndefined()
  })

  it.each(['/text/length', '/text/0', '/null/x', '/number/x', '/constructor', '/__proto__', '/absent/x'])(
    'no member: %s',
    (pointer) => {
      expect(at({ text: 'abc', null: null, number: 7 }, pointer)).toBeUndefined()
    },
  )
})
