// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references to the environment are what is tested
import { describe, expect, it } from 'vitest'
import type { Environment } from '../../src/config/environment.ts'
import { changed, decoded, documentOf, EXAMPLE, reportOf, SAMPLE } from './sample.ts'

describe('the notation', () => {
  it.each([
    ['', '1:1: expected a mapping, found an empty value'],
    ['just text', '1:1: expected a mapping, found "just text"'],
    [
      'a: [1\nb: 2',
      '2:1: expected valid YAML, found an error: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
    ['a: *nobody', '1:4 a: expected an anchor that is complete before its alias, found `*nobody`'],
    ['a: &a [*a]', '1:8 a[0]: expected an anchor that is complete before its alias, found `*a`'],
    [
      'a: 1\nb:https://x\nc: 2',
      '2:1: expected valid YAML, found an error: Implicit keys need to be on a single line; a space belongs after the colon',
    ],
    [
      'a: 1\nb:[x]\n',
      '2:1: expected valid YAML, found an error: Implicit map keys need to be followed by map values; a space belongs after the colon',
    ],
    [
      'a: 1\nhttps://x\n',
      '2:1: expected valid YAML, found an error: Implicit map keys need to be followed by map values',
    ],
    [
      'a: { b: ${X} }',
      '1:10: expected valid YAML, found an error: Unexpected flow-map-start at node end; between { } and [ ] a value with ${ needs quotes',
    ],
  ])('%j', (text, line) => {
    expect(reportOf(text).split('\n')).toContain(`gateway.yaml:${line}`)
  })

  it.each([
    [
      'a: 1\n  b: 2\n',
      '1:4',
      'Nested mappings',
      `the next line begins further in than the key of this one; ${COLUMN}`,
    ],
    [
      'a: b: 1\n',
      '1:4',
      'Nested mappings',
      'a line has one key; a value with a colon and a space in it needs quotes',
    ],
    ['a:\n  - b: 1\n   c: 2\n', '3:1', 'Sequence item without', COLUMN],
    ['a:\n    b: 1\n  c: 2\n', '3:1', 'All mapping items', COLUMN],
    ['a:\n  b: 1\n  - c\n', '3:1', 'A block sequence', 'the dashes of a list stand in one column'],
    ['a:\n\tb: 1\n', '2:1', 'Tabs', 'spaces indent'],
    ['a:\n  bank\n    b: 1\n', '2:3', 'Implicit keys', 'a colon belongs after it'],
    ['a: 1\nb:\u{a0}2\n', '2:1', 'Implicit map keys', 'what stands after the colon only looks like a space'],
    ['a: {{ b }}\n', '1:5', 'With', 'a template, {{ }}, must be filled in before; as a text it needs quotes'],
    ['a: @b\n', '1:4', 'Plain value', 'a text that begins so needs quotes'],
    ['a: [::]:8443\n', '1:8', 'Unexpected scalar', 'an address with brackets needs quotes'],
    ['a: { b: [::]:8443 }\n', '1:13', 'Missing , between', 'an address with brackets needs quotes'],
  ])('%j: %s says what led to it', (text, place, reason, hint) => {
    const [line] = reportOf(text).split('\n')
    expect(line).toMatch(`gateway.yaml:${place}: expected valid YAML, found an error: ${reason}`)
    expect(line?.endsWith(`; ${hint}`)).toBe(true)
  })

  it.each([
    ['utf16le', '\ufeff'],
    ['utf16le', ''],
    ['utf16be', '\ufeff'],
    ['utf16be', ''],
  ])('is UTF-8, not %s behind %j', (encoding, mark) => {
    const octets = Buffer.from(mark + SAMPLE, 'utf16le')
    const text = (encoding === 'utf16be' ? octets.swap16() : octets).toString()
    expect(reportOf(text)).toBe('gateway.yaml:1:1: expected UTF-8, found UTF-16')
    expect(reportOf(mark + SAMPLE)).toBe('')
  })

  it('is UTF-8 in each line: the value of another encoding would be another one', () => {
    const latin = Buffer.from(changed('scope: accounts', 'scope: caf\u00e9'), 'latin1').toString()
    expect(reportOf(latin)).toBe('gateway.yaml:20:17: expected UTF-8, found a letter in another encoding')
  })

  it('has no quotes of a word processor around a value', () => {
    const said = `routes[0].require.scope: expected straight quotes, ' or ", found those of a word processor`
    expect(reportOf(changed('scope: accounts', 'scope: \u201caccounts\u201d'))).toBe(
      `gateway.yaml:20:14 ${said}`,
    )
    expect(reportOf(changed('scope: accounts', 'scope: "accounts"'))).toBe('')
  })

  it('takes what begins with * for an alias, and says so', () => {
    expect(reportOf(changed('/accounts/**', '*/accounts'))).toBe(
      'gateway.yaml:16:11 routes[0].path: expected an anchor that is complete before its alias, found `*/accounts`; a text that begins with * needs quotes',
    )
  })

  it('has no tags and no second document', () => {
    const text = `${changed('scope: accounts', 'scope: !secret accounts')}---\nx: 1\n`
    expect(reportOf(text).split('\n')).toEqual([
      'gateway.yaml:20:14: expected a plain value, found a tag or a notation that this file may not use',
      'gateway.yaml:21:1: expected one YAML document, found another',
    ])
  })

  it('may have aliases, and refuses those that multiply', () => {
    const shared = changed(
      '    upstream: a',
      '    name: *name\n    upstream: a',
      changed('name: public', 'name: &name public'),
    )
    expect(documentOf(shared).routes[0]?.name).toBe('public')
    const bomb = ['a: &a0 [x, x, x, x, x, x, x, x, x]']
    for (let level = 1; level < 9; level++)
      bomb.push(
        `a${level}: &a${level} [${Array(9)
          .fill(`*a${level - 1}`)
          .join(', ')}]`,
      )
    expect(reportOf(bomb.join('\n'))).toContain('expected a configuration of moderate depth and size')
  })

  it('is never quoted: a secret may stand there', () => {
    expect(reportOf('a: b: [\n  hunter2: "hunter2\n}: hunter2')).not.toContain('hunter2')
  })
})

describe('the environment', () => {
  const port = (text: string) => changed('0.0.0.0:8443', text)

  it('fills values, whole or in part, with defaults', () => {
    const bindOf = (env: Environment) => documentOf(port('${HOST}:${PORT:-8443}'), env).listeners[0]?.bind
    expect(bindOf({ HOST: '127.0.0.1' })).toEqual({ host: '127.0.0.1', port: 8443 })
    expect(bindOf({ HOST: '127.0.0.1', PORT: '' })).toEqual({ host: '127.0.0.1', port: 8443 })
    expect(bindOf({ HOST: '[::1]', PORT: '1' })).toEqual({ host: '::1', port: 1 })
  })

  it('gives a number where an unquoted value is one reference and nothing else', () => {
    expect(documentOf(`threads: \${N:-2}\n${SAMPLE}`).threads).toBe(2)
    expect(documentOf(`threads: \${N:-2}\n${SAMPLE}`, { N: 'auto' }).threads).toBe('auto')
    expect(documentOf(`log: { access: true }\nthreads: \${N}\n${SAMPLE}`, { N: '0x2' }).threads).toBe(2)
    expect(reportOf(`threads: "\${N}"\n${SAMPLE}`, { N: '2' })).toContain(
      '1:10 threads: expected auto or a whole number',
    )
  })

  it('adds no structure', () => {
    const text = changed('scope: accounts', 'scope: ${SCOPE}')
    expect(reportOf(text, { SCOPE: '[a, b]\ndanger_public: true' })).toContain(
      '20:14 routes[0].require.scope: expected',
    )
    expect(documentOf(text, { SCOPE: '[a,b]' }).routes[0]?.require?.scope).toEqual(['[a,b]'])
  })

  it('fills no keys: a claim of that name would never be there', () => {
    const text = changed('scope: accounts', 'claims: { "${BLOCKED}": { present: false } }')
    expect(decoded(text, { BLOCKED: 'blocked' }).problems).toMatchObject([
      {
        path: 'routes[0].require.claims["${BLOCKED}"]',
        expected: 'a key as it is meant',
        found: '`${`, which is filled in values alone',
      },
    ])
  })

  it('leaves $${ as ${', () => {
    expect(
      documentOf(changed('scope: accounts', 'scope: $${x}'), { x: 'y' }).routes[0]?.require?.scope,
    ).toEqual(['${x}'])
  })

  it('must have what is asked for', () => {
    expect(reportOf(port('${HOST}:1'))).toBe(
      'gateway.yaml:3:11 listeners[0].bind: expected ${HOST} in the environment, found nothing; ${HOST:-…} gives a default',
    )
    expect(reportOf(port('${1}:1'))).toBe(
      'gateway.yaml:3:11 listeners[0].bind: expected ${NAME} or ${NAME:-default}, found another use of ${; write $${ for a plain ${',
    )
    expect(reportOf(port('${toString}'))).toContain('${toString} in the environment')
  })

  it('is not shown in problems', () => {
    expect(reportOf(port('${HOST}:99999'), { HOST: 'hunter2' })).toBe(
      'gateway.yaml:3:11 listeners[0].bind: expected an address such as 0.0.0.0:8443 or [::]:8443, found "${HOST}:99999"',
    )
  })
})

it('places a path of the Document for later stages', () => {
  const { locate } = decoded(EXAMPLE)
  expect(locate(['listeners', 0, 'tls', 'certificate'])).toEqual({
    file: 'gateway.yaml',
    line: 18,
    column: 20,
  })
  expect(locate(['listeners', 0, 'tls', 'certificate'], 'key')).toMatchObject({ column: 7 })
  expect(locate(['routes', 9, 'path'])).toEqual(locate(['routes']))
  expect(locate([])).toMatchObject({ line: 7, column: 1 })
})

const COLUMN = 'keys that belong together begin in one column'
