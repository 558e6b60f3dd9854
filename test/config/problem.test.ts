import { describe, expect, it } from 'vitest'
import { ConfigError, foundText, type Problem, pathText, refuseFaults } from '../../src/config/problem.ts'

const at = (line: number, column: number): Problem => ({
  ...{ file: 'gateway.yaml', line, column },
  ...{ path: 'a', found: '1', expected: '2' },
})

describe('problems', () => {
  it('are reported in reading order', () => {
    const { name, problems } = new ConfigError([at(2, 1), at(1, 9), at(1, 3)])
    expect(name).toBe('ConfigError')
    expect(problems.map(({ line, column }) => [line, column])).toEqual([
      [1, 3],
      [1, 9],
      [2, 1],
    ])
  })

  it('are thrown where there are any', () => {
    const fault = { path: ['a'], found: '1', expected: '2' }
    expect(() => refuseFaults([], () => at(1, 1))).not.toThrow()
    expect(() => refuseFaults([fault], () => at(1, 1))).toThrow('gateway.yaml:1:1 a: expected 2, found 1')
  })

  it('are not as long as a key', () => {
    expect(pathText(['routes', 2, 'x.y'])).toBe('routes[2]["x.y"]')
    expect(pathText([`${'x'.repeat(99)}.`])).toBe(`["${'x'.repeat(58)}…]`)
  })
})

describe('what stands there', () => {
  it.each([
    [undefined, 'nothing'],
    [null, 'an empty value'],
    [[], 'an empty list'],
    [[1], 'a list'],
    [{}, 'a mapping'],
    [7, '7'],
    ['x'.repeat(58), `"${'x'.repeat(58)}"`],
    ['x'.repeat(59), `"${'x'.repeat(58)}…`],
    ['/a@b', '"/a@b"'],
  ])('is told of %j', (value, told) => {
    expect(foundText(value, [])).toBe(told)
  })

  it.each(['password', 'pwd', 'secret', 'auth_token', 'PASSWORD', 'client_secret', 'db_pass'])(
    'is told without a %s in a query',
    (name) => {
      expect(foundText(`/a?${name}=hunter2&b=1&${name}=hunter2`, [])).toBe(`"/a?${name}=…&b=1&${name}=…"`)
    },
  )

  it.each([
    [['client_secret'], 'a value that is not shown'],
    [['Client_Secret'], 'a value that is not shown'],
    [['dpop_nonce', 'secret', 0], 'a value that is not shown'],
    [['client_secret_file'], '"hunter2"'],
  ])('is not told of a secret: %j', (path, told) => {
    expect(foundText('hunter2', path)).toBe(told)
  })
})
