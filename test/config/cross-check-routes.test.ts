import { describe, expect, it } from 'vitest'
import { changed, decoded, reportOf, SAMPLE } from './sample.ts'

const ROUTE = '  - path: /accounts/**\n    upstream: accounts\n'

describe('upstreams', () => {
  const upstream = (text: string) => changed('url: http://127.0.0.1:8080', text)

  it('are reached without TLS on this machine only, unless that is said', () => {
    expect(reportOf(upstream('url: http://accounts.internal'))).toBe(
      'gateway.yaml:14:10 upstreams.accounts.url: expected https, or http to a loopback host or a unix socket, found "http://accounts.internal"; `danger_plaintext: true` allows it',
    )
    expect(reportOf(upstream('url: http://127.0.0.1.example'))).toContain('upstreams.accounts.url')
    expect(reportOf(upstream('url: http://a\n    danger_plaintext: true'))).toBe('')
    expect(reportOf(upstream('url: http://a\n    socket_path: a.sock'))).toBe('')
    for (const url of [
      'http://localhost:1',
      'http://127.9.9.9',
      'http://[::1]:1',
      'https://accounts.internal',
    ]) {
      expect(reportOf(upstream(`url: ${url}`))).toBe('')
    }
  })

  it('have a certificate with its key, and TLS settings only with TLS', () => {
    expect(reportOf(upstream('url: https://a\n    certificate: c'))).toBe(
      'gateway.yaml:14:5 upstreams.accounts.private_key: expected `private_key` beside `certificate`, found nothing',
    )
    expect(reportOf(upstream('url: http://localhost\n    ca: c'))).toBe(
      'gateway.yaml:15:5 upstreams.accounts.ca: expected nothing: an http upstream has no TLS, found a path',
    )
  })

  it('are given certificates where they can tell who wrote the field', () => {
    const asking = changed(
      'certificate:',
      'client_certificate: optional\n      client_certificate_mode: pop\n      certificate:',
    )
    const given = (text: string) =>
      changed('url: http://127.0.0.1:8080', `${text}\n    client_cert: leaf`, asking)
    expect(reportOf(given('url: https://a'))).toBe(
      'gateway.yaml:17:18 upstreams.accounts.client_cert: expected `certificate` and `private_key`, or `signature` that covers it, beside it, found neither; else the upstream cannot tell who wrote the field',
    )
    for (const text of [
      'url: http://a\n    danger_plaintext: true',
      'url: https://a\n    signature: { if_present: [date, client-cert-chain] }',
    ]) {
      expect(reportOf(given(text))).toContain('accounts.client_cert')
    }
    const leafAlone = given('url: https://a\n    signature: { if_present: [client-cert] }')
    expect(reportOf(leafAlone.replace('_cert: leaf', '_cert: chain'))).toContain('accounts.client_cert')
    for (const text of [
      'url: https://a\n    certificate: c\n    private_key: k',
      'url: https://a\n    signature: {}',
      'url: https://a\n    signature: { if_present: [client-cert] }',
      'url: https://a\n    signature: { if_present: [], always: ["@method", "@path", client-cert] }',
      'url: http://127.0.0.1:8080',
      'url: http://a\n    socket_path: a.sock',
    ]) {
      expect(reportOf(`signing: { key: k, key_id: a, algorithm: ES256 }\n${given(text)}`)).toBe('')
    }
    expect(reportOf(upstream('url: http://127.0.0.1:8080\n    client_cert: chain'))).toContain(
      'upstreams.accounts.client_cert: expected a listener that asks clients for certificates, found none; `tls.client_certificate: optional` asks',
    )
  })

  it('are connected to within their timeout', () => {
    expect(reportOf(upstream('url: http://localhost\n    timeout: 1s\n    connect_timeout: 2s'))).toBe(
      'gateway.yaml:16:22 upstreams.accounts.connect_timeout: expected no more than `timeout`, found "2s"',
    )
  })
})

describe('routes', () => {
  it('have at most one issuer to ask about a token that is no JWT', () => {
    const asked = (name: string) =>
      `  ${name}: { issuer: https://${name}, audience: a, introspection: { client_id: a, client_auth: client_secret_post, client_secret: b } }\n`
    const text = changed('issuers:\n', `issuers:\n${asked('one')}${asked('two')}`)
    expect(reportOf(changed('issuer: bank\n', 'issuer: [bank, one]\n', text))).toBe('')
    expect(reportOf(changed('issuer: bank\n', 'issuer: [one, bank, two]\n', text))).toBe(
      'gateway.yaml:21:27 routes[0].require.issuer[2]: expected at most one issuer with `introspection`, found "two" beside "one"',
    )
  })

  const requirement = (text: string) => changed('      scope: accounts', `      ${text}`)

  it('require something or are public', () => {
    expect(reportOf(`${SAMPLE}  - { path: /a, upstream: accounts }\n`)).toBe(
      'gateway.yaml:21:5 routes[1]: expected either `require` or `danger_public: true`, found neither',
    )
    expect(reportOf(changed('    upstream: a', '    danger_public: true\n    upstream: a'))).toBe(
      'gateway.yaml:16:5 routes[0]: expected either `require` or `danger_public: true`, found both',
    )
  })

  it.each([
    ['the same path', '/accounts/**', ''],
    ['another spelling', '/%61ccounts/**', ''],
    ['a method of all', '/accounts/**', 'methods: [GET]'],
  ])('do not match alike: %s', (_, path, more) => {
    const second = `  - path: ${path}\n    upstream: accounts\n    danger_public: true\n${more === '' ? '' : `    ${more}\n`}`
    expect(reportOf(SAMPLE + second)).toBe(
      `gateway.yaml:21:11 routes[1].path: expected a path, host or method that no other route has, found ${JSON.stringify(path)}, as in routes[0]`,
    )
  })

  it.each([
    ['routes[0].require', SAMPLE.replace('scope: accounts', 'consent: { service: c }')],
    ['routes[0].require.shadow', SAMPLE.replace('scope: accounts', 'shadow: { consent: { service: c } }')],
    ['policies.p', `policies: { p: { enforce: shadow, consent: { service: c } } }\n${SAMPLE}`],
  ])('asks a service about consents that there is: %s', (above, text) => {
    expect(reportOf(text)).toContain(
      ` ${above}.consent.service: expected a name from \`consents\`, which has none, found "c"`,
    )
  })

  it('asks about a consent in one way, by an id from one place', () => {
    const consents = (service: string) => reportOf(`consents:\n  c: { states: A, ${service} }\n${SAMPLE}`)
    const url = 'url: "https://c.example/{id}"'
    expect(consents(`${url}, id: { claim: c }`)).not.toContain('consents')
    expect(consents('from_claim: consent, id: { scope: "consent:" }')).not.toContain('consents')
    expect(consents('id: { claim: c }')).toContain(
      'consents.c: expected either `url` or `from_claim`, found neither',
    )
    expect(consents(`${url}, from_claim: x, id: { claim: c }, cache: 1s`).match(/found .*/g)).toEqual([
      'found both',
    ])
    expect(consents(`${url}, id: {}`)).toContain(
      'expected one of claim, scope, authorization_details, found none',
    )
    expect(consents(`${url}, id: { claim: c, scope: s }`)).toContain('found claim and scope')
    expect(consents(`${url}, id: { header: Consent-ID }`)).not.toContain('consents')
    expect(consents(`from_claim: c, id: { claim: d, header: Consent-ID }`)).not.toContain('consents')
    expect(consents('from_claim: c, id: { claim: d }, cache: 0ms, token_file: t')).toMatch(
      /c\.cache: expected `url`, as a consent in the token is asked for nowhere, found cache.*\n.*c\.token_file: /,
    )
    // The upstream would not learn which consent it was.
    for (const name of ['X-User-Consent', 'TE'])
      expect(consents(`${url}, id: { claim: c, header: ${name} }`)).toContain(
        `c.id.header: expected a field that is passed on to the upstream, found "${name}"`,
      )
    // Whatever a client writes into it would pass.
    expect(consents('from_claim: c, id: { header: Consent-ID }')).toContain('found header alone')
    expect(consents(`${url}, id: { authorization_details: t }`)).toContain('expected `member` beside')
    expect(consents('url: "https://c.example/", id: { claim: c }')).toContain(
      'an https URL with {id} in its path',
    )
    expect(consents(`${url}, id: { claim: c }, certificate: server.pem`)).toContain('`private_key` beside')
    expect(reportOf(changed('scope: accounts', 'consent: { service: nobody }'))).toContain(
      'routes[0].require.consent.service: expected a name from `consents`, which has none, found "nobody"',
    )
  })

  it('lets scripts of every origin read public routes alone', () => {
    const open = changed('    upstream: a', "    cors: { origins: '*' }\n    upstream: a")
    expect(reportOf(open)).toBe(
      'gateway.yaml:17:22 routes[0].cors.origins: expected origins by name on a route that is not public, found "*"',
    )
    const free = open.replace(/ {4}require:.*/s, '    danger_public: true\n')
    expect(reportOf(free)).toBe('')
    expect(
      reportOf(changed('    upstream: a', '    cors: { origins: null.example }\n    upstream: a')),
    ).toContain('gateway.yaml:17:22 routes[0].cors.origins: expected an https origin')
  })

  it('may share a path where hosts or methods differ', () => {
    const first = changed(ROUTE, `${ROUTE}    methods: [GET]\n`)
    const second = (text: string) => `${first}${ROUTE}    danger_public: true\n    ${text}\n`
    expect(reportOf(second('methods: [POST]'))).toBe('')
    expect(reportOf(second('hosts: api.bank.example'))).toBe('')
    expect(decoded(second('methods: [HEAD]')).problems).toHaveLength(1)
  })

  it('are for hosts that clients can call', () => {
    expect(reportOf(changed(ROUTE, `${ROUTE}    hosts: [api.bank.exmaple]\n`))).toBe(
      'gateway.yaml:18:13 routes[0].hosts[0]: expected the host of a `public_origin` of a listener, found "api.bank.exmaple"; did you mean `api.bank.example`?',
    )
  })

  it('that sign need a key, and clients who do', () => {
    expect(reportOf(requirement('signature: fapi2'))).toBe(
      'gateway.yaml:20:18 routes[0].require.signature: expected a `signing` key in this file, found none; responses on this route are signed',
    )
    const signing = 'signing: { key: signing.pem, key_id: a, algorithm: ES256 }\n'
    expect(reportOf(`${signing}${requirement('signature: fapi2')}`)).toBe(
      'gateway.yaml:21:18 routes[0].require.signature: expected `clients` or `client_keys` in this file, found none; nobody could sign a request',
    )
    for (const clients of [
      'clients: [{ client_id: shop, jwks_file: shop.json }]\n',
      'client_keys: { jwks_uri: "https://directory.example/{client_id}" }\n',
    ])
      expect(reportOf(`${signing}${clients}${requirement('signature: fapi2')}`)).toBe('')
    expect(
      reportOf(`signature_profiles: { ours: { request: none } }\n${requirement('signature: ours')}`),
    ).toContain('signature_profiles.ours.request: expected a mapping, or off, found "none"')
    const half = (side: string) =>
      `signature_profiles: { half: { ${side}: off } }\n${requirement('signature: half')}`
    expect(reportOf(half('request'))).toContain('expected a `signing` key in this file')
    expect(reportOf(`${signing}${half('request')}`)).toBe('')
    expect(reportOf(half('response'))).toContain('expected `clients` or `client_keys` in this file')
    expect(reportOf(`clients: [{ client_id: shop, jwks_file: shop.json }]\n${half('response')}`)).toBe('')
  })

  it('that only certificates open need a listener that asks for one', () => {
    expect(reportOf(requirement('sender: mtls'))).toBe(
      'gateway.yaml:20:15 routes[0].require.sender: expected a listener that asks for client certificates, found none; `tls.client_certificate: optional` asks',
    )
    expect(reportOf(requirement('sender: [dpop, mtls]'))).toBe('')
    const other =
      '  - { name: b, bind: "0.0.0.0:8444", public_origin: https://b.example, tls: { certificate: a, private_key: b, client_certificate: optional, client_ca: c } }\n'
    const both = (hosts: string, asked = 'sender: mtls') =>
      reportOf(
        changed('issuers:', `${other}issuers:`, requirement(asked)).replace(
          '    upstream: a',
          `    hosts: ${hosts}\n    upstream: a`,
        ),
      )
    expect(both('b.example')).toBe('')
    expect(both('[b.example, api.bank.example]')).toBe('')
    expect(both('api.bank.example')).toContain('expected a listener that asks for client certificates')
    expect(both('b.example', 'psd2_role: PSP_AI')).toBe('')
    expect(both('api.bank.example', 'psd2_role: PSP_AI')).toContain(
      'psd2_role: expected a listener that asks',
    )
    // Of a host that is misspelt no more is said.
    expect(both('c.example').split('\n')).toEqual([expect.stringContaining('hosts: expected the host of')])
  })

  it('have times that make sense', () => {
    expect(reportOf(requirement('dpop: { max_age: 5s, clock_skew: 10s }'))).toBe(
      'gateway.yaml:20:40 routes[0].require.dpop.clock_skew: expected no more than `max_age`, found "10s"',
    )
  })
})

it('a status is not required and ignored at once', () => {
  const text = changed(
    'audience: https://api.bank.example',
    'audience: https://api.bank.example\n    status_list: { required: true, danger_ignore_status: true }',
  )
  expect(reportOf(text)).toContain(
    'issuers.bank.status_list.danger_ignore_status: expected false, as `required` is true, found true',
  )
})
