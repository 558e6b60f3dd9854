import { describe, expect, it } from 'vitest'
import { changed, documentOf, reportOf } from './sample.ts'

const ROUTE = 'routes:\n'
/** A second route with this path and `require`. */
const withRoute = (path: string, require: string) =>
  changed(ROUTE, `${ROUTE}  - path: ${path}\n    upstream: accounts\n    require: ${require}\n`)
const demanding = (keys: string) => reportOf(withRoute('/x/{id}', `{ issuer: bank, ${keys} }`))

describe('what is demanded of a token', () => {
  it('is read as it was meant', () => {
    const require = `{ issuer: bank, scope_any: [a, b], grant: client, acr: gold, max_age: 5m,
      claims: { tenant: north, roles: [a, 7, true], sid: { present: true } },
      authorization_details: [{ type: t, actions: read, match: { a: { path: id }, b: { body: /c, as: decimal } } }] }`
    expect(documentOf(withRoute('/x/{id}', require)).routes[0]?.require).toMatchObject({
      scope: [],
      scope_any: ['a', 'b'],
      grant: 'client',
      acr: ['gold'],
      max_age: 300_000,
      claims: { tenant: 'north', roles: ['a', 7, true], sid: { present: true } },
      authorization_details: [
        {
          type: 't',
          actions: ['read'],
          match: { a: { path: 'id', as: 'text' }, b: { body: '/c', as: 'decimal' } },
        },
      ],
    })
  })

  it.each([
    ['scope_any: []', 'scope_any: expected at least one entry'],
    ['scope_any: "a b"', 'scope_any: expected a scope without spaces, found "a b"'],
    ['grant: both', 'grant: expected one of user, client, found "both"'],
    ['acr: "a b"', 'acr: expected an acr value without spaces'],
    ['max_age: 300', 'max_age: expected a duration from 1s to 8760h'],
    ['claims: [a]', 'claims: expected a mapping from names of claims to values, found a list'],
    ['claims: { a: { b: c } }', 'claims.a'],
    ['claims: { a: [] }', 'claims.a: expected at least one entry'],
    [
      'claims: { a: { certificate_subject: DN } }',
      'claims.a.certificate_subject: expected one of CN, O, OU,',
    ],
    [
      'claims: { a: { certificate_subject: organizationIdentifer } }',
      'found "organizationIdentifer"; did you mean `organizationIdentifier`?',
    ],
    [
      'claims: { a: { certificate_subject: CN, prefx: b } }',
      'claims.a.prefx: expected a key of this mapping, found "prefx"; did you mean `prefix`?',
    ],
    ['claims: { a: }', 'claims.a: expected a text, a number, true or false, found an empty value'],
    ['claims: { a: { certificate_subject: CN, prefix: "" } }', 'claims.a'],
    [
      'claims: { a: { certificate_subject: CN } }',
      'claims.a: expected a listener that asks for client certificates and verifies them, found none; `tls.client_certificate: optional` asks, `client_certificate_mode: pki` verifies',
    ],
    ['psd2_role: PSP_XX', 'psd2_role: expected one of PSP_AS, PSP_PI, PSP_AI, PSP_IC, found "PSP_XX"'],
    ['psd2_role: []', 'psd2_role: expected at least one entry'],
    [
      'psd2_role: PSP_AI',
      'psd2_role: expected a listener that asks for client certificates and verifies them, found none',
    ],
    [
      'claims: { /a~2: b }',
      'expected a name of at most 200 characters, or a JSON Pointer that begins with /',
    ],
    ['authorization_details: [{ actions: a }]', 'authorization_details[0].type: expected a text'],
    [
      'authorization_details: [{ type: t, match: { a: {} } }]',
      'match.a: expected one of `path` and `body`, found neither',
    ],
    [
      'authorization_details: [{ type: t, match: { a: { path: id, body: b } } }]',
      'match.a: expected one of `path` and `body`, found both',
    ],
    [
      'authorization_details: [{ type: t, match: { a: { path: ID } } }]',
      'match.a.path: expected a segment that the path of the route names, found "ID"; it names id',
    ],
    [
      'authorization_details: [{ type: t, match: { a: { body: b, as: number } } }]',
      'as: expected one of text, decimal',
    ],
  ])('%s is a problem, also where it only watches: %s', (keys, problem) => {
    expect(demanding(keys)).toContain(problem)
    expect(demanding(keys)).toMatch(/^gateway\.yaml:\d+:\d+ routes\[0\]/)
    expect(demanding(`shadow: { ${keys} }`)).toContain(problem)
  })
})

describe('paths with named segments', () => {
  it('are kept, in normal form', () => {
    expect(documentOf(withRoute('/%61/{id}/**', '{ issuer: bank }')).routes[0]?.path).toBe('/a/{id}/**')
  })

  it.each(['/a/{id}/{id}', '/a/{id', '/a/x{id}', '/a/{1}', '/a/{}', '/a/{a-b}', '/{**}', '/a/{id}/**/b'])(
    '%s is none',
    (path) => {
      expect(reportOf(withRoute(JSON.stringify(path), '{ issuer: bank }'))).toContain(
        'routes[0].path: expected',
      )
    },
  )

  it('match as * does, so that two routes may not differ in the name alone', () => {
    const twice = withRoute('/x/{id}', '{ issuer: bank }').replace(
      ROUTE,
      `${ROUTE}  - path: /x/*\n    upstream: accounts\n    require: { issuer: bank }\n`,
    )
    expect(reportOf(twice)).toContain('expected a path, host or method that no other route has')
  })
})
