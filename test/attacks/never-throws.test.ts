import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { INPUTS, NO_INPUT } from '../support/pure-inputs.ts'
import { sourceFiles } from '../support/source.ts'

/** What another parser once stumbled over, put together at random. */
const FRAGMENTS = [
  ...[
    '',
    '.',
    '..',
    '/',
    '//',
    '\\',
    ';',
    '%',
    '%2',
    '%2e',
    '%2F',
    '%25',
    '%00',
    '?',
    '#',
    '&',
    '=',
    ',',
    ':',
    '@',
    '[',
    ']',
    '{',
    '}',
    '"',
    '\\"',
  ],
  ...[
    '\0',
    '\r\n',
    '\t',
    ' ',
    'é',
    '\ud800',
    '\u00ad',
    '\ufeff',
    '💶',
    '-',
    '_',
    '+',
    'A',
    'eyJ',
    'null',
    '1e999',
    '__proto__',
    'constructor',
  ],
  ...[
    'https://',
    'HTTPS://a',
    'api.bank.example',
    '[::1]',
    ':443',
    'xn--',
    'Bearer ',
    'DPoP ',
    'access_token=',
    '/accounts',
    '*',
    'chunked',
    '{"a":',
    '[[',
    '"alg"',
  ],
]

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 30 }).map((parts) => parts.join('')),
  fc.json(),
  fc
    .array(
      fc.json().map((json) => Buffer.from(json).toString('base64url')),
      { minLength: 1, maxLength: 4 },
    )
    .map((parts) => parts.join('.')),
)

describe('no input to the pure floors throws', () => {
  it.each(Object.keys(INPUTS))('%s', (name) => {
    fc.assert(
      fc.property(text, fc.jsonValue(), (random, value) => {
        INPUTS[name]!(random, value)
      }),
      { numRuns: 500, seed: 1 },
    )
  })

  it('every function that a pure module exports is tried, or takes nothing from outside', async () => {
    const floors = sourceFiles().filter(({ path }) => /^(?:codec|domain|verify|decision)\//.test(path))
    const modules: object[] = await Promise.all(
      floors.map(({ path }) => import(/* @vite-ignore */ `../../src/${path}`)),
    )
    const names = modules.flatMap((module) =>
      Object.entries(module)
        .filter(([, each]) => typeof each === 'function')
        .map(([name]) => name),
    )
    const tried = [...Object.keys(INPUTS), ...NO_INPUT]
    expect(names.filter((name) => !tried.includes(name))).toEqual([])
    expect(tried.filter((name) => !names.includes(name))).toEqual([])
  })
})

describe('no input to the pure floors hangs', () => {
  const LONG = 65_536
  /** A quarter of a second for 64 KiB is generous on a slow machine, and far from what a quadratic step would take. */
  const MILLISECONDS = 250
  const PUMPS = [
    'a',
    'A1',
    '.',
    '..',
    '/',
    '/a',
    '/.',
    '/..',
    '/..;',
    ';a',
    ';a/',
    '%41',
    '%2e',
    '%c3%bc',
    '%',
    '&',
    '&a=b',
    '=',
    ' ',
    '\t',
    ',',
    ', a',
    ':',
    ':1',
    '"',
    '\\',
    '{"a":',
    '[',
    '[]',
    '-',
    '+',
    '_',
    'ü',
    '\u00ad',
    'a.',
    '\0',
  ]
  const FRAMES: readonly (readonly [string, string])[] = [
    ['', ''],
    ['', '\0'],
    ['/', ' '],
    ['/a', '/'],
    ['https://', '\0'],
    ['https://a/', '\\'],
    ['https://[', ']'],
    ['Bearer ', '!'],
    ['{"', '"}'],
  ]

  it.each(Object.keys(INPUTS))(
    '%s',
    (name) => {
      const slow: string[] = []
      for (const pump of PUMPS) {
        for (const [before, after] of FRAMES) {
          const long = before + pump.repeat(LONG / pump.length) + after
          const took = fastest(() => INPUTS[name]!(long, long), MILLISECONDS)
          if (took > MILLISECONDS)
            slow.push(`${before}(${JSON.stringify(pump)})*${after}: ${Math.round(took)} ms`)
        }
      }
      expect(slow).toEqual([])
    },
    120_000,
  )
})

/** Milliseconds of CPU time, since the machine may be busy with something else; what seems slow is timed again. */
function fastest(run: () => unknown, enough: number): number {
  let least = Number.POSITIVE_INFINITY
  for (let tries = 0; tries < 3 && least > enough; tries++) {
    const begin = process.threadCpuUsage()
    run()
    const { user, system } = process.threadCpuUsage(begin)
    least = Math.min(least, (user + system) / 1000)
  }
  return least
}
