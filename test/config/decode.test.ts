// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references to the environment are what is tested
import { describe, expect, it } from 'vitest'
import { changed, decoded, reportOf, SAMPLE } from './sample.ts'

describe('a value that is wrong', () => {
  it.each([
    [
      'a type',
      'scope: accounts',
      'scope: 7',
      '20:14 routes[0].require.scope: expected a scope or a list of them, found 7; in quotes it is a text',
    ],
    [
      'an entry',
      'scope: accounts',
      'scope: [a, 7]',
      '20:18 routes[0].require.scope[1]: expected a scope without spaces, found 7; in quotes it is a text',
    ],
    [
      'a mapping',
      '    tls:\n      certificate: server.pem\n      private_key: server-key.pem',
      '    tls: server.pem',
      '5:10 listeners[0].tls: expected a mapping, found "server.pem"',
    ],
    [
      'an empty value',
      'issuer: bank',
      'issuer:',
      '19:14 routes[0].require.issuer: expected the name of an issuer or a list of them, found an empty value',
    ],
    [
      'an empty list',
      'issuer: bank',
      'issuer: []',
      '19:15 routes[0].require.issuer: expected at least one entry, found an empty list',
    ],
    [
      'a choice',
      '    tls:\n',
      '    tls:\n      min_version: TLSv1.1\n',
      '6:20 listeners[0].tls.min_version: expected one of TLSv1.2, TLSv1.3, found "TLSv1.1"; did you mean `TLSv1.2`?',
    ],
    [
      'a choice with a blank of a word processor behind it, which cannot be seen',
      '    tls:\n',
      '    tls:\n      min_version: TLSv1.2\u00a0\n',
      '6:20 listeners[0].tls.min_version: expected one of TLSv1.2, TLSv1.3, found "TLSv1.2\\u{00a0}"; did you mean `TLSv1.2`?',
    ],
    [
      'a key with something that has no width in it',
      '    upstream:',
      '    up\u200bstream:',
      '17:5 routes[0]["up\\u{200b}stream"]: expected a key of this mapping, found "up\\u{200b}stream"; did you mean `upstream`?',
    ],
    [
      'a flag',
      '    upstream:',
      '    danger_public: yes\n    upstream:',
      '17:20 routes[0].danger_public: expected true or false, found "yes"',
    ],
    [
      'a duration without unit',
      '    url:',
      '    timeout: 30\n    url:',
      '14:14 upstreams.accounts.timeout: expected a duration from 1ms to 24h, such as 500ms, 60s, 5m or 1h, found 30',
    ],
    [
      'a duration too long',
      '    issuer: https',
      '    clock_skew: 61s\n    issuer: https',
      '10:17 issuers.bank.clock_skew: expected a duration from 0ms to 60s, such as 500ms, 60s, 5m or 1h, found "61s"',
    ],
    [
      'a size',
      '    tls:',
      '    limits: { header_size: 16kb }\n    tls:',
      '5:28 listeners[0].limits.header_size: expected a size from 1KiB to 1MiB, such as 512B, 64KiB or 1MiB, found "16kb"',
    ],
    [
      'a number',
      '    url:',
      '    max_connections: 0\n    url:',
      '14:22 upstreams.accounts.max_connections: expected a whole number from 1 to 65535, found 0',
    ],
    [
      'an address',
      '0.0.0.0:8443',
      '0.0.0.0:65536',
      '3:11 listeners[0].bind: expected an address such as 0.0.0.0:8443 or [::]:8443, found "0.0.0.0:65536"',
    ],
    [
      'an issuer',
      'https://as.bank.example',
      'http://as.bank.example',
      '10:13 issuers.bank.issuer: expected an https URL without query and fragment, found "http://as.bank.example"',
    ],
    [
      'an upstream with a path',
      ':8080',
      ':8080/v1',
      '14:10 upstreams.accounts.url: expected an http or https origin without a path, such as https://payments.internal:8443, found "http://127.0.0.1:8080/v1"',
    ],
    [
      'an algorithm',
      '    issuer: https',
      '    algorithms: [HS256]\n    issuer: https',
      '10:18 issuers.bank.algorithms[0]: expected one of PS256, ES256, EdDSA, Ed25519, RS256, found "HS256"; did you mean `PS256`?',
    ],
    [
      'one algorithm in small letters, without a list',
      '    issuer: https',
      '    algorithms: es256\n    issuer: https',
      '10:17 issuers.bank.algorithms: expected one of PS256, ES256, EdDSA, Ed25519, RS256, found "es256"; did you mean `ES256`?',
    ],
    [
      'one of proofs, in a list',
      'issuer: bank',
      'issuer: bank\n      dpop: { algorithms: [ES256, eddsa] }',
      '20:35 routes[0].require.dpop.algorithms[1]: expected one of PS256, ES256, EdDSA, Ed25519, found "eddsa"; did you mean `EdDSA`?',
    ],
    [
      'one of signatures',
      'upstreams:',
      'signature_profiles: { ours: { request: { algorithms: PS-256 } } }\nupstreams:',
      '12:54 signature_profiles.ours.request.algorithms: expected one of ES256, ES384, ES512, EdDSA, Ed25519, PS256, PS384, PS512, ecdsa-p256-sha256, ecdsa-p384-sha384, ed25519, rsa-pss-sha512, found "PS-256"; did you mean `PS256`?',
    ],
    [
      'a choice in capitals',
      'issuer: bank',
      'issuer: bank\n      sender: mTLS',
      '20:15 routes[0].require.sender: expected one of dpop, mtls, found "mTLS"; did you mean `mtls`?',
    ],
    [
      'a method',
      '    upstream:',
      '    methods: [GET, TRACE]\n    upstream:',
      '17:20 routes[0].methods[1]: expected a method in upper case, other than CONNECT and TRACE, found "TRACE"',
    ],
    [
      'a name',
      '  accounts:\n',
      '  "a b":\n',
      '13:3 upstreams["a b"]: expected a name of letters, digits, ".", "_" and "-", found "a b"',
    ],
  ])('%s', (_, from, to, line) => {
    expect(reportOf(changed(from, to)).split('\n')).toContain(`gateway.yaml:${line}`)
  })

  it.each([
    'https://api.bank.example/',
    'https://api.bank.example/v1',
    'https://a@api.bank.example',
    'https://api.bank.example?x',
    'http://api.bank.example',
    'https://api.bank.example:0',
    'api.bank.example',
  ])('an origin: %s', (text) => {
    expect(decoded(changed('https://api.bank.example', text)).problems).toMatchObject([
      { line: 4, column: 20, path: 'listeners[0].public_origin' },
    ])
  })

  it.each([
    '10.0.3',
    '10.0.3.256',
    '10.0.3.0/33',
    '10.0.3.0/',
    'fd00:7',
    'fd00:7::/129',
    'balancer.internal',
  ])('a network: %s', (text) => {
    const yaml = changed('    bind:', `    proxy_protocol_from: '${text}'\n    bind:`)
    expect(decoded(yaml).problems).toMatchObject([
      { line: 3, column: 26, path: 'listeners[0].proxy_protocol_from' },
    ])
  })

  it.each([
    'accounts',
    '/a//b',
    '/a/../b',
    '/a/%2e%2E',
    '/a%2Fb',
    '/a%5cb',
    '/a?b',
    '/a#b',
    '/a;b',
    '/a*',
    '/a/***',
    '/**/a',
    '/é',
    '/%0a',
    '//',
  ])('a path: %s', (text) => {
    expect(decoded(changed('/accounts/**', JSON.stringify(text))).problems).toMatchObject([
      { line: 16, column: 11, path: 'routes[0].path' },
    ])
  })
})

it.each([
  ['0.0.0.0:8443', '"8443"', /listeners\[0\]\.bind: .* found "8443"$/],
  ['threads: 1', 'threads: "1"', /threads: .* found "1"; without quotes it is a number$/],
  ['threads: 1', 'threads: "2000"', /threads: .* found "2000"$/],
  ['access: true', 'access: "true"', /log.access: .* found "true"; without quotes it is true or false$/],
  ['access: true', 'access: "yes"', /log.access: .* found "yes"$/],
  ['access: true }', 'access: true }\ndrain_timeout: 30', /drain_timeout: .* found 30$/],
])('%s as %s: quotes are spoken of where others would do', (from, to, line) => {
  expect(reportOf(changed(from, to, `threads: 1\nlog: { access: true }\n${SAMPLE}`))).toMatch(line)
})

it('a number that comes from the environment is no text without quotes', () => {
  const env = { AUDIENCE: '7' }
  const audience = (text: string) => changed('audience: https://api.bank.example', `audience: ${text}`)
  expect(reportOf(audience('${AUDIENCE}'), env)).toMatch(/found "\$\{AUDIENCE\}"; in quotes it is a text$/)
  expect(reportOf(audience('"${AUDIENCE}"'), env)).toBe('')
})

describe('secrets', () => {
  it('are not shown', () => {
    const introspection =
      'introspection: { client_id: a, client_auth: client_secret_basic, client_secret: 271828 }'
    expect(reportOf(changed('    audience:', `    ${introspection}\n    audience:`))).toBe(
      'gateway.yaml:11:85 issuers.bank.introspection.client_secret: expected a text that is not empty, found a value that is not shown; in quotes it is a text',
    )
    expect(reportOf(changed('http://127', 'http://user:hunter2@127'))).not.toContain('hunter2')
  })
})

it('reports every problem at once, in reading order', () => {
  const text = `threads: 0
lisn: 1
listeners:
  - name: public
    bind: nowhere
    public_origin: https://a.example/x
    tls: { certificate: a.pem, private_key: b.pem, client_certificate: required }
issuers:
  bank: { issuer: http://as.example, audience: api }
upstreams:
  accounts: { url: http://accounts.internal }
routes:
  - path: /a/../b
    upstream: acounts
    require: { issuer: bank, scope: 7, sender: [dpop, tls] }
`
  expect(decoded(text).problems.map(({ line, column, path }) => `${line}:${column} ${path}`)).toEqual([
    '1:10 threads',
    '2:1 lisn',
    '5:11 listeners[0].bind',
    '6:20 listeners[0].public_origin',
    '7:10 listeners[0].tls.client_ca',
    '9:19 issuers.bank.issuer',
    '11:20 upstreams.accounts.url',
    '13:11 routes[0].path',
    '14:15 routes[0].upstream',
    '15:37 routes[0].require.scope',
    '15:55 routes[0].require.sender[1]',
  ])
})
