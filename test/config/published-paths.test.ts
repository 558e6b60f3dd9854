import { describe, expect, it } from 'vitest'
import type { Document } from '../../src/config/document.ts'
import { notices as noticesOf } from '../../src/config/notices.ts'
import { noticeText } from '../../src/config/problem.ts'
import { appliesTo, isCatchAll, literalPrefix, takes, WELL_KNOWN } from '../../src/config/published-paths.ts'
import { changed, documentOf, reportOf, SAMPLE } from './sample.ts'

const notices = (document: Document) => noticesOf(document).map(noticeText)

describe('paths', () => {
  it.each([
    ['/**', '', true],
    ['/*', '', true],
    ['/{tenant}/accounts', '', true],
    ['/accounts/**', '/accounts', false],
    ['/accounts/*/balance', '/accounts', false],
    ['/accounts/{id}/balance', '/accounts', false],
    ['/a/b', '/a/b', false],
    ['/', '', false],
  ])('%s begins with %j; for everything: %s', (pattern, prefix, catchAll) => {
    expect([literalPrefix(pattern), isCatchAll(pattern)]).toEqual([prefix, catchAll])
  })

  it.each([
    ['/**', true],
    ['/.well-known/**', true],
    ['/.well-known/*', true],
    ['/.well-known/{name}', true],
    ['/*/oauth-protected-resource', true],
    [WELL_KNOWN, true],
    [`${WELL_KNOWN}/**`, true],
    [`${WELL_KNOWN}/x`, false],
    ['/.well-known', false],
    ['/.well-known/other', false],
    ['/*', false],
  ])('%s takes the path of the metadata: %s', (pattern, expected) => {
    expect(takes(pattern, WELL_KNOWN)).toBe(expected)
  })

  it('an authority is among hosts with its port or without', () => {
    expect(appliesTo(null, 'a.example')).toBe(true)
    expect(appliesTo(['a.example'], 'a.example:8443')).toBe(true)
    expect(appliesTo(['a.example:8443'], 'a.example')).toBe(false)
  })
})

describe('what the gateway answers itself takes nothing from a route unseen', () => {
  const route = (path: string) =>
    `${SAMPLE}  - { path: "${path}", upstream: accounts, danger_public: true }\n`
  const withKeys = (path: string, text = SAMPLE) =>
    changed('    public_origin', `    jwks_path: ${path}\n    public_origin`, text)

  it.each(['/.well-known/**', '/.well-known/*', WELL_KNOWN, `${WELL_KNOWN}/**`, `${WELL_KNOWN}/accounts`])(
    'a route for %s is a problem, unless no metadata is published',
    (path) => {
      expect(reportOf(route(path))).toContain(
        'routes[1].path: expected a path that is not /.well-known/oauth',
      )
      const quiet = '    resource_metadata: { publish: false }\n    public_origin'
      expect(documentOf(changed('    public_origin', quiet, route(path))).routes).toHaveLength(2)
    },
  )

  it('one for everything gives way, and the start says so', () => {
    const document = documentOf(withKeys('/keys.json', route('/**')))
    expect(notices(document)).toContain(
      `routes[1].path: the gateway itself answers ${WELL_KNOWN} and /keys.json`,
    )
    expect(notices(documentOf(SAMPLE))).toEqual([])
    const watching = documentOf(route('/**').replace('    require:', '    enforce: shadow\n    require:'))
    expect(notices(watching).join()).not.toContain('the gateway itself')
  })

  it.each([
    ['/accounts/keys', 'which routes[0] takes'],
    [WELL_KNOWN, 'a path that is not that of the metadata'],
    [`${WELL_KNOWN}/keys`, 'a path that is not that of the metadata'],
    ['/a/../b', 'a path such as'],
    ['/a/*', 'a path such as'],
    ['/a;b', 'a path such as'],
    ['keys', 'a path such as'],
  ])('the keys are not at %s', (path, problem) => {
    expect(reportOf(withKeys(path))).toContain(problem)
  })

  it('a route for other hosts is in nobody’s way', () => {
    const origins = changed(
      'public_origin: https://api.bank.example',
      'public_origin: https://api.bank.example\n    jwks_path: /k\n  - name: b\n    bind: 0.0.0.0:8444\n    tls: { certificate: a, private_key: b }\n    public_origin: https://b.example',
      `${SAMPLE}  - { path: /k, hosts: b.example, upstream: accounts, danger_public: true }\n`,
    ).replace(/\n {4}tls:\n {6}certificate: server.pem\n {6}private_key: server-key.pem/, '')
    expect(reportOf(origins)).not.toContain('jwks_path')
  })

  it('what listeners of one origin say of it is said alike', () => {
    const two = (first: string, second: string) =>
      reportOf(
        changed(
          'public_origin: https://api.bank.example',
          `public_origin: https://api.bank.example\n    ${first}\n    tls: { certificate: a, private_key: b }\n  - name: b\n    bind: 0.0.0.0:8444\n    public_origin: https://api.bank.example:443\n    ${second}`,
        ),
      )
    const [none, quiet, named] = [
      'limits: {}',
      'resource_metadata: { publish: false }',
      'resource_metadata: { resource_name: Bank }',
    ]
    for (const [first, second] of [
      [none, none],
      ['jwks_path: /k', 'jwks_path: /k'],
      ['jwks_path: /k', none],
      [none, 'jwks_path: /k'],
      [named, none],
      [quiet, quiet],
      [none, 'resource_metadata: { publish: true }'],
    ])
      expect(two(first!, second!)).toBe('')
    const says = 'expected what listeners[0] has there, which is called by the same origin, found'
    expect(two('jwks_path: /k', 'jwks_path: /l')).toContain(`listeners[1].jwks_path: ${says} something else`)
    for (const [first, second, found] of [
      [quiet, none, 'nothing'],
      [none, quiet, 'something else'],
      [none, named, 'something else'],
    ])
      expect(two(first!, second!)).toContain(`listeners[1].resource_metadata: ${says} ${found}`)
  })

  it('signed metadata needs a key', () => {
    const text = changed('    public_origin', '    resource_metadata: { signed: true }\n    public_origin')
    for (const signing of ['', 'signing: []\n'])
      expect(reportOf(text + signing)).toContain('resource_metadata.signed: expected a `signing` key')
  })
})
