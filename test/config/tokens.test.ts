import { describe, expect, it } from 'vitest'
import { compileDialect } from '../../src/config/compile-dialect.ts'
import type { Document } from '../../src/config/document.ts'
import { notices as noticesOf } from '../../src/config/notices.ts'
import { noticeText } from '../../src/config/problem.ts'
import { dialects } from '../../src/verify/access-token/dialects.ts'
import { changed, documentOf, reportOf, SAMPLE } from './sample.ts'

const notices = (document: Document) => noticesOf(document).map(noticeText)

const ISSUER = '    issuer: https://as.bank.example\n'
const withKeys = (keys: string) => changed(ISSUER, `${ISSUER}    ${keys}\n`)
const templated = (keys: string) =>
  changed(ISSUER, `    issuer: https://login.example/{tenantid}/v2.0\n    ${keys}\n`)
const dialectOf = (text: string) => compileDialect(documentOf(text).issuers.bank!.dialect)

describe('a dialect', () => {
  it('is that of RFC 9068 unless another is named', () => {
    expect(dialectOf(SAMPLE)).toBe(dialects.rfc9068)
    for (const [name, dialect] of Object.entries(dialects))
      expect(dialectOf(withKeys(`dialect: ${name}`))).toBe(dialect)
  })

  it('can be extended, part for part', () => {
    const own = `dialect:
      extends: keycloak
      typ: [AT+JWT, none]
      marks: { typ: [Bearer], kind: [access, none] }
      scope: ['permissions[]', scope]
      client_id: cid
      refused: []
      grant:
        - { claim: idtyp, is: app, grant: client }
        - { claim: sub, same_as: cid, grant: client }
        - { claim: name, starts_with: svc-, grant: client }
        - { claim: email, grant: user }`
    expect(dialectOf(withKeys(own))).toEqual({
      ...dialects.keycloak,
      name: 'keycloak (changed)',
      types: new Set(['at+jwt', 'none']),
      marks: new Map([
        ['typ', new Set(['Bearer'])],
        ['kind', new Set(['access', 'none'])],
      ]),
      scope: [
        { claim: 'permissions', shape: 'list' },
        { claim: 'scope', shape: 'text' },
      ],
      clientId: ['cid'],
      refused: [],
      grant: [
        { claim: 'idtyp', test: 'is', value: 'app', grant: 'client' },
        { claim: 'sub', test: 'same', value: 'cid', grant: 'client' },
        { claim: 'name', test: 'starts', value: 'svc-', grant: 'client' },
        { claim: 'email', test: 'present', value: '', grant: 'user' },
      ],
    })
    expect(dialectOf(withKeys('dialect: { client_as_audience: false }'))).toEqual({
      ...dialects.rfc9068,
      name: 'rfc9068 (changed)',
      clientAsAudience: false,
    })
  })

  it.each([
    ['dialect: keycloack', '11:14 issuers.bank.dialect: expected one of rfc9068, keycloak,'],
    ['dialect: { extends: ping }', '11:25 issuers.bank.dialect.extends: expected one of rfc9068,'],
    [
      'dialect: { scop: [a] }',
      '11:16 issuers.bank.dialect.scop: expected a key of this mapping, found "scop"; did you mean `scope`',
    ],
    [
      'dialect: { grant: [{ claim: a, is: b, same_as: c, grant: user }] }',
      '11:24 issuers.bank.dialect.grant[0]: expected a rule with',
    ],
  ])('%s is a problem', (keys, starts) => {
    expect(reportOf(withKeys(keys))).toContain(`gateway.yaml:${starts}`)
  })
})

describe('an issuer that stands for its tenants', () => {
  it('needs them, and a place for its keys', () => {
    expect(reportOf(templated('tenants: [t-1, t-2]\n    metadata_url: https://login.example/common'))).toBe(
      '',
    )
    expect(reportOf(templated('jwks_uri: https://login.example/keys'))).toContain(
      'issuers.bank.tenants: expected the tenants that {tenantid} may be, found nothing',
    )
    expect(reportOf(templated('tenants: [t-1]'))).toContain(
      'issuers.bank: expected metadata_url, jwks_uri or jwks_file, as {tenantid} names no place, found none of them',
    )
    expect(reportOf(withKeys('tenants: [t-1]'))).toContain(
      'issuers.bank.issuer: expected an issuer with {tenantid}, for its tenants, found',
    )
    expect(reportOf(templated('tenants: ["t/1"]\n    jwks_uri: https://a.example/'))).toContain(
      'expected a tenant',
    )
  })

  it('is asked in plain JSON, with an assertion only for a server that has a name', () => {
    const asked = (method: string, response: string, more = '') =>
      reportOf(
        templated(
          `tenants: [t-1]\n    metadata_url: https://login.example/common\n${more}    introspection: { client_id: a, client_auth: ${method}, response: ${response} }`,
        ),
      )
    const secret = 'client_secret_post, client_secret: b'
    expect(asked(secret, 'json')).toBe('')
    for (const response of ['jwt', 'plain_jwt'])
      expect(asked(secret, response)).toContain(
        `issuers.bank.introspection.response: expected json, as no answer is signed by {tenantid}, found ${response}`,
      )
    const assertion = 'private_key_jwt, private_key: k.pem'
    expect(asked(assertion, 'json')).toContain(
      'issuers.bank.introspection.client_auth: expected `metadata_issuer` beside private_key_jwt, as {tenantid} is no audience, found none',
    )
    expect(asked(assertion, 'json', '    metadata_issuer: https://login.example\n')).toBe('')
  })

  it('shares no tenant with another entry for the same audience', () => {
    const second = (tenant: string) =>
      templated('tenants: [t-1, t-2]\n    jwks_uri: https://login.example/keys').replace(
        'upstreams:',
        `  other:\n    issuer: https://login.example/${tenant}/v2.0\n    audience: https://api.bank.example\nupstreams:`,
      )
    expect(reportOf(second('t-3'))).toBe('')
    expect(reportOf(second('t-2'))).toContain('expected an audience that no other entry has for this issuer')
  })
})

describe('algorithms that FAPI 2.0 does not have', () => {
  it('are announced', () => {
    expect(notices(documentOf(withKeys('algorithms: [PS256, RS256]')))).toEqual([
      'issuers.bank.algorithms: RS256 is not FAPI 2.0 (FAPI2-SP §5.4.1)',
    ])
  })

  it('nor is anything said of those that are asked about, unless what is answered is signed with them', () => {
    const asked = (response: string) =>
      notices(
        documentOf(
          withKeys(
            `algorithms: RS256\n    dialect: okta\n    introspection: { client_id: a, client_auth: client_secret_post, client_secret: b, response: ${response} }`,
          ),
        ),
      )
    expect(asked('json')).toEqual([])
    expect(asked('jwt')).toEqual(['issuers.bank.algorithms: RS256 is not FAPI 2.0 (FAPI2-SP §5.4.1)'])
  })

  it('nor do proofs take them', () => {
    const text = `${SAMPLE}      dpop: { algorithms: [RS256] }\n`
    expect(reportOf(text)).toContain('expected one of PS256, ES256, EdDSA, Ed25519')
  })

  it('a dialect that does not ask for at+jwt is announced', () => {
    expect(notices(documentOf(withKeys('dialect: okta')))).toEqual([
      'issuers.bank.dialect: tokens need not be typed at+jwt (RFC 9068 §4)',
    ])
    expect(notices(documentOf(withKeys('dialect: authlete')))).toEqual([])
  })
})

describe('encrypted tokens', () => {
  it('need keys where they are required, each with a name of its own', () => {
    expect(reportOf(withKeys('require_encryption: true'))).toContain(
      'issuers.bank.decryption: expected keys, for require_encryption, found nothing',
    )
    const twice = 'decryption: [{ key: a, key_id: e }, { key: b, key_id: e }]'
    expect(reportOf(withKeys(twice))).toContain(
      'issuers.bank.decryption[1].key_id: expected a key_id that no other key has, found "e", as in issuers.bank.decryption[0].key_id',
    )
  })
})

it('an issuer says once where its keys are', () => {
  const both = 'metadata_url: https://a.example/m\n    jwks_uri: https://a.example/k'
  expect(reportOf(withKeys(both))).toContain('expected only one of metadata_url, jwks_uri, jwks_file')
})
