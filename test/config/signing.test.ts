import { describe, expect, it } from 'vitest'
import { changed, documentOf, reportOf, SAMPLE } from './sample.ts'

const KEY = '{ key: k.pem, key_id: one, algorithm: ES256 }'
const with_ = (text: string) => `${SAMPLE}${text}\n`

describe('signing', () => {
  it('is one key or a list of them', () => {
    expect(documentOf(SAMPLE).signing).toEqual([])
    expect(documentOf(with_(`signing: ${KEY}`)).signing).toEqual([
      { key: 'k.pem', key_id: 'one', algorithm: 'ES256' },
    ])
    const two = documentOf(
      with_(`signing:
  - { key: k.p12, password_file: k.pass, key_id: one, algorithm: PS512, sign_until: 2027-01-31 }
  - { key: k.jwk, key_id: two, algorithm: ES384, hosts: api.bank.example, sign_from: 2027-01-01T12:30:00Z }`),
    ).signing
    expect(two.map((key) => [key.key_id, key.sign_from, key.sign_until, key.hosts])).toEqual([
      ['one', undefined, Date.UTC(2027, 0, 31) / 1000, undefined],
      ['two', Date.UTC(2027, 0, 1, 12, 30) / 1000, undefined, ['api.bank.example']],
    ])
  })

  it.each([
    ['signing: { key: k.pem, key_id: one, algorithm: RS256 }', 'found "RS256"; did you mean `PS256`?'],
    ['signing: { key: k.pem, key_id: one, algorithm: es256 }', 'found "es256"; did you mean `ES256`?'],
    ['signing: { key: k.pem, key_id: "a b", algorithm: ES256 }', 'visible characters'],
    [`signing: { key: k.pem, key_id: one, algorithm: ES256, sign_from: 2027-02-30 }`, 'a time in UTC'],
    [`signing: { key: k.pem, key_id: one, algorithm: ES256, sign_from: tomorrow }`, 'a time in UTC'],
    [
      `signing: { key: k.pem, key_id: one, algorithm: ES256, sign_from: 2027-02-01, sign_until: 2027-02-01 }`,
      'expected a time after `sign_from`',
    ],
    [`signing: [${KEY}, ${KEY}]`, 'a key_id that no other signing key has'],
    [
      'signing: { key: k.pem, key_id: one, algorithm: ES256, hosts: api.bnak.example }',
      'the host of a `public_origin`',
    ],
  ])('is refused as %s', (text, problem) => {
    expect(reportOf(with_(text))).toContain(problem)
  })

  it('a route names keys that there are', () => {
    const route = '    upstream: accounts\n    signing_key: [one, tow]\n    require:'
    const text = SAMPLE.replace('    upstream: accounts\n    require:', route)
    expect(reportOf(`${text}signing: ${KEY}\n`)).toContain('signing_key[1]: expected the key_id of a key')
    expect(reportOf(`${text}`)).toContain('which has none')
    expect(
      documentOf(`${text.replace('[one, tow]', 'one')}signing: ${KEY}\n`).routes[0]?.signing_key,
    ).toEqual(['one'])
  })
})

describe('identity', () => {
  const jwt = 'url: http://127.0.0.1:8080\n    identity: jwt'
  it('jwt takes a key, and what is in it takes jwt', () => {
    const text = changed('url: http://127.0.0.1:8080', jwt)
    expect(reportOf(text)).toContain('upstreams.accounts.identity: expected a `signing` key in this file')
    expect(documentOf(`${text}signing: ${KEY}\n`).upstreams['accounts']?.identity).toBe('jwt')
    const lone = changed(
      'url: http://127.0.0.1:8080',
      'url: http://127.0.0.1:8080\n    txn_token: { lifetime: 10s }',
    )
    expect(reportOf(lone)).toContain('upstreams.accounts.txn_token: expected `identity: jwt` beside it')
    expect(
      reportOf(text.replace('identity: jwt', 'identity: jwt\n    txn_token: { lifetime: 6m }')),
    ).toContain('a duration from 1s to 5m')
  })
})

describe('client_keys', () => {
  it.each([
    'https://directory.example/{client_id}',
    'https://directory.example/a/{client_id}/b.jwks?x=1',
    'https://directory.example/keys?client={client_id}',
  ])('%s', (uri) => {
    expect(documentOf(with_(`client_keys: { jwks_uri: "${uri}" }`)).client_keys).toEqual({
      jwks_uri: uri,
      max_clients: 1000,
    })
  })

  it.each([
    'https://{client_id}.directory.example/keys',
    'https://directory.example:{client_id}/keys',
    'https://directory.example{client_id}/keys',
    'https://directory.example/keys',
    'https://directory.example/{client_id}/{client_id}',
    'https://directory.example/{org}/{client_id}',
    'http://directory.example/{client_id}',
    'https://directory.example/#{client_id}',
  ])('not %s: the host is fixed, the client stands in it once', (uri) => {
    expect(reportOf(with_(`client_keys: { jwks_uri: "${uri}" }`))).toContain(
      'https URL with {client_id} once',
    )
  })
})
