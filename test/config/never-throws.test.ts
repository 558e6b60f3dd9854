// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references to the environment are what is tested
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { stringify } from 'yaml'
import { crossCheck } from '../../src/config/cross-check.ts'
import { changed, decoded, EXAMPLE, reportOf, SAMPLE } from './sample.ts'

const FRAGMENTS = [
  '\n',
  '  ',
  ':',
  ': ',
  '- ',
  '{',
  '}',
  '[',
  ']',
  '"',
  "'",
  '&a ',
  '*a',
  '<<: ',
  '!!int ',
  '${',
  '${X}',
  '$${',
  '#',
  '|',
  '>',
  '%',
  '---\n',
  '\t',
  'null',
  '__proto__: ',
  '7',
  'routes',
  '\u0000',
  '\ud800',
]
const LINES = EXAMPLE.split('\n')

it('any text has an answer', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), answers), { numRuns: 500, seed: 1 })
  const notation = fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 60 }).map((parts) => parts.join(''))
  fc.assert(fc.property(notation, answers), { numRuns: 2000, seed: 1 })
})

it('any change of the example has an answer', () => {
  const cut = fc.tuple(fc.nat(EXAMPLE.length), fc.nat(40), fc.constantFrom('', ...FRAGMENTS))
  const edited = cut.map(([from, length, put]) => EXAMPLE.slice(0, from) + put + EXAMPLE.slice(from + length))
  fc.assert(fc.property(edited, answers), { numRuns: 500, seed: 1 })
  const moved = fc.shuffledSubarray(LINES).map((lines) => lines.join('\n'))
  fc.assert(fc.property(moved, answers), { numRuns: 200, seed: 1 })
})

it.each([
  ['admin.bind', `admin: { bind: nowhere }\n${SAMPLE}`],
  [
    'issuers.bank.introspection.client_auth',
    changed('    audience:', '    introspection: { client_id: a, client_auth: toString }\n    audience:'),
  ],
])('what cannot be read where others are compared with it is one problem: %s', (path, text) => {
  expect(reportOf(text)).toMatch(new RegExp(`^gateway.yaml:[0-9]+:[0-9]+ ${RegExp.escape(path)}: [^\\n]+$`))
})

it('any values have an answer', () => {
  const keys = fc.constantFrom(
    'listeners',
    'issuers',
    'routes',
    'upstreams',
    'require',
    'tls',
    'name',
    'hosts',
    'path',
    'dpop',
    'clients',
  )
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.jsonValue({ maxDepth: 1 }),
      fc.dictionary(keys, tie('value'), { maxKeys: 4 }),
      fc.array(tie('value'), { maxLength: 3 }),
    ),
  }))
  fc.assert(
    fc.property(
      fc.dictionary(keys, value),
      (raw) => answers(stringify(raw)) && Array.isArray(crossCheck(raw)),
    ),
    { numRuns: 500, seed: 1 },
  )
})

it('deep nesting has an answer', () => {
  for (const text of [
    '['.repeat(20_000),
    `a: ${'{a: '.repeat(5000)}`,
    '- '.repeat(20_000),
    `${'['.repeat(5000)}${']'.repeat(5000)}`,
  ]) {
    expect(answers(text)).toBe(true)
  }
})

/** There is a Document or there are problems, never both, and every problem has a place. */
function answers(text: string): boolean {
  const { document, problems } = decoded(text, { X: 'y: [' })
  expect(document === undefined).toBe(problems.length > 0)
  for (const { line, column } of problems) expect(line > 0 && column > 0).toBe(true)
  return true
}
