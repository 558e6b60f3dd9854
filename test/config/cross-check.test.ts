import { describe, expect, it } from 'vitest'
import { crossCheck } from '../../src/config/cross-check.ts'
import { changed, decoded, EXAMPLE, reportOf, SAMPLE } from './sample.ts'

const ROUTE = '  - path: /accounts/**\n    upstream: accounts\n'
const LISTENER = '    tls: { certificate: a.pem, private_key: b.pem }\nissuers:'

describe('names', () => {
  it('of upstreams and issuers must be defined', () => {
    expect(reportOf(changed('upstream: accounts', 'upstream: acounts'))).toBe(
      'gateway.yaml:17:15 routes[0].upstream: expected a name from `upstreams`, found "acounts"; did you mean `accounts`?',
    )
    expect(reportOf(changed('issuer: bank', 'issuer: [bank, toString]'))).toBe(
      'gateway.yaml:19:22 routes[0].require.issuer[1]: expected a name from `issuers`, found "toString"',
    )
    expect(reportOf(changed('upstreams:\n  accounts:\n    url: http://127.0.0.1:8080\n', ''))).toBe(
      'gateway.yaml:14:15 routes[0].upstream: expected a name from `upstreams`, which has none, found "accounts"',
    )
  })

  it('of listeners, of routes and of clients differ', () => {
    const second = `  - name: public\n    bind: 0.0.0.0:8443\n    public_origin: https://b.example\n${LISTENER}`
    expect(reportOf(changed('issuers:', second)).split('\n')).toEqual([
      'gateway.yaml:8:11 listeners[1].name: expected a name that no other listener has, found "public", as in listeners[0].name',
      'gateway.yaml:9:11 listeners[1].bind: expected an address of its own, found "0.0.0.0:8443", which listeners[0].bind takes',
    ])
    const clients =
      'clients:\n  - { client_id: a, jwks_file: a }\n  - { client_id: a, jwks_uri: "https://a" }\n'
    expect(reportOf(clients + SAMPLE)).toBe(
      'gateway.yaml:3:18 clients[1].client_id: expected a client id that no other entry has, found "a", as in clients[0].client_id',
    )
  })
})

describe('listeners', () => {
  it('may share port 0', () => {
    const text = changed('0.0.0.0:8443', '0.0.0.0:0')
    const second = `  - name: second\n    bind: 0.0.0.0:0\n    public_origin: https://b.example\n${LISTENER}`
    expect(reportOf(changed('issuers:', second, text))).toBe('')
  })

  it('have each origin once', () => {
    const origins = '[https://api.bank.example, "https://API.bank.example:443"]'
    expect(reportOf(changed('https://api.bank.example', origins))).toBe(
      'gateway.yaml:4:47 listeners[0].public_origin[1]: expected each origin once, found "https://api.bank.example", as in listeners[0].public_origin[0]',
    )
  })

  it('that ask for certificates need a CA, but for possession alone', () => {
    const asking = (more: string) =>
      changed('      certificate:', `      client_certificate: optional\n${more}      certificate:`)
    expect(reportOf(asking(''))).toBe(
      'gateway.yaml:6:7 listeners[0].tls.client_ca: expected the CA that client certificates must lead to, found nothing; `client_certificate_mode: pop` asks for possession alone',
    )
    expect(reportOf(asking('      client_ca: [a.pem, b.pem]\n'))).toBe('')
    expect(reportOf(asking('      client_certificate_mode: pop\n'))).toBe('')
    expect(reportOf(asking('      client_certificate_mode: pop\n      client_ca: a.pem\n'))).toBe(
      'gateway.yaml:8:7 listeners[0].tls.client_ca: expected nothing: mode pop checks no chain, found "a.pem"',
    )
  })

  it('name CAs of clients and their revocation lists only where clients are asked', () => {
    for (const [said, found] of [
      ['', 'none, the default'],
      ['client_certificate: none\n      ', '"none"'],
    ]) {
      const text = changed(
        'certificate: server.pem',
        `${said}client_ca: a.pem\n      certificate: server.pem`,
      )
      expect(reportOf(text)).toContain(
        `listeners[0].tls.client_ca: expected \`client_certificate: optional\` or \`required\` beside it, found ${found}; no client is asked for a certificate`,
      )
    }
  })

  it('do not share the admin address, which is loopback unless that is said', () => {
    expect(reportOf(`admin: { bind: 0.0.0.0:8443, danger_public_bind: true }\n${SAMPLE}`)).toContain(
      'admin.bind: expected an address of its own',
    )
    for (const bind of ['127.0.0.1:8443', '"[::1]:8443"']) {
      const listener = bind.startsWith('"') ? SAMPLE.replace('0.0.0.0:8443', '"[::]:8443"') : SAMPLE
      expect(reportOf(`admin: { bind: ${bind} }\n${listener}`)).toContain(', which listeners[0].bind takes')
    }
    expect(reportOf(`admin: { bind: "[::1]:8443" }\n${SAMPLE}`)).toBe('')
    expect(reportOf(`admin: { bind: 0.0.0.0:9901 }\n${SAMPLE}`)).toBe(
      'gateway.yaml:1:16 admin.bind: expected a loopback address such as 127.0.0.1:9901, found "0.0.0.0:9901"; `danger_public_bind: true` allows another; for probes and metrics there is `monitoring`',
    )
    for (const bind of ['localhost:1', '127.1.2.3:1', '"[::1]:1"']) {
      expect(reportOf(`admin: { bind: ${bind} }\n${SAMPLE}`)).toBe('')
    }
  })

  it('share no address with monitoring, which may have any other', () => {
    for (const [bind, taker] of [
      ['0.0.0.0:8443', 'listeners[0].bind'],
      ['0.0.0.0:9901', 'admin.bind'],
    ]) {
      expect(reportOf(`monitoring: { bind: "${bind}" }\n${SAMPLE}`)).toBe(
        `gateway.yaml:1:21 monitoring.bind: expected an address of its own, found "${bind}", which ${taker} takes`,
      )
    }
    for (const bind of ['0.0.0.0:9902', '[::]:9902', '127.0.0.1:0']) {
      expect(reportOf(`monitoring: { bind: "${bind}" }\n${SAMPLE}`)).toBe('')
    }
  })
})

describe('required headers', () => {
  it.each(['te', 'Connection', 'X-User-Agent-OS', 'x-forwarded-for'])(
    'may not be one that goes no further: %s',
    (name) => {
      const text = changed(
        '    upstream: accounts\n',
        `    upstream: accounts\n    required_headers: { ${name}: text }\n`,
      )
      expect(reportOf(text)).toContain(
        `routes[0].required_headers.${name}: expected a field that is passed on to the upstream`,
      )
    },
  )
})

describe('issuers', () => {
  it('do not share issuer and audience, unless one is for opaque tokens', () => {
    const second =
      '  other: { issuer: https://as.bank.example, audience: [x, https://api.bank.example] }\nupstreams:'
    expect(reportOf(changed('upstreams:', second))).toBe(
      'gateway.yaml:12:59 issuers.other.audience[1]: expected an audience that no other entry has for this issuer, found "https://api.bank.example", as in issuers.bank',
    )
    expect(reportOf(EXAMPLE)).toBe('')
  })

  it('have one source of keys', () => {
    const sources = '    jwks_uri: https://as/jwks\n    jwks_file: a.json\n    audience:'
    expect(reportOf(changed('    audience:', sources))).toBe(
      'gateway.yaml:12:5 issuers.bank.jwks_file: expected only one of jwks_uri, jwks_file, found jwks_file beside jwks_uri',
    )
  })

  it.each([
    [
      'client_secret_basic',
      '',
      'issuers.bank.introspection: expected one of client_secret_file, client_secret, found none of them',
    ],
    [
      'client_secret_post',
      ', client_secret: a, client_secret_file: b',
      'issuers.bank.introspection.client_secret: expected only one of client_secret_file, client_secret, found client_secret beside client_secret_file',
    ],
    [
      'private_key_jwt',
      '',
      'issuers.bank.introspection.private_key: expected a path, for client_auth private_key_jwt, found nothing',
    ],
    [
      'tls_client_auth',
      ', private_key: k',
      'issuers.bank.introspection.certificate: expected a path, for client_auth tls_client_auth, found nothing',
    ],
    [
      'self_signed_tls_client_auth',
      ', certificate: k',
      'issuers.bank.introspection.private_key: expected a path, for client_auth self_signed_tls_client_auth, found nothing',
    ],
  ])('that are asked by %s have what it takes', (method, more, line) => {
    const introspection = `    introspection: { client_id: a, client_auth: ${method}${more} }\n    audience:`
    expect(reportOf(changed('    audience:', introspection))).toMatch(
      new RegExp(`^gateway.yaml:11:[0-9]+ ${RegExp.escape(line)}$`),
    )
  })

  it('that are asked have keys only where the answers are signed', () => {
    const asked = (response: string) =>
      changed(
        '    audience:',
        `    jwks_uri: https://as/jwks\n    introspection: { client_id: a, client_auth: client_secret_post, client_secret: b${response} }\n    audience:`,
      )
    expect(reportOf(asked(''))).toBe(
      'gateway.yaml:11:5 issuers.bank.jwks_uri: expected no keys beside `introspection`, found jwks_uri; only signed answers (`introspection.response`) are verified',
    )
    expect(reportOf(asked(', response: jwt'))).toBe('')
    expect(reportOf(asked(', response: plain_jwt'))).toBe('')
  })

  it('clients have one source of keys', () => {
    expect(reportOf(`clients:\n  - client_id: a\n${SAMPLE}`)).toBe(
      'gateway.yaml:2:5 clients[0]: expected one of jwks_file, jwks_uri, jwks, found none of them',
    )
  })
})

describe('replicas', () => {
  const NONCE = 'dpop_nonce: { secret: 0123456789abcdef0123456789abcdef }\n'
  const redis = (text: string, nonce = NONCE) =>
    reportOf(`replay: { store: redis${text === '' ? '' : `, redis: { ${text} }`} }\n${nonce}${SAMPLE}`)

  it('have one Redis, reached over TLS or on this machine', () => {
    expect(redis('url: "rediss://replay.internal"')).toBe('')
    expect(redis('url: "redis://127.0.0.1:6379"')).toBe('')
    expect(redis('cluster: [a.internal:6379, b.internal:6379]')).toBe('')
    expect(redis('url: "redis://replay.internal", danger_plaintext: true')).toBe('')
    expect(redis('url: "redis://replay.internal"')).toBe(
      'gateway.yaml:1:39 replay.redis.url: expected rediss, or redis to a loopback host, found "redis://replay.internal"; `danger_plaintext: true` allows it',
    )
    expect(redis('')).toContain('replay.redis: expected a mapping with url or cluster, as the store is redis')
    expect(redis('prefix: a')).toContain('replay.redis: expected either url or cluster, found neither')
    expect(redis('url: "rediss://a/3"')).toContain('or a path')
    expect(redis('url: "redis://localhost", ca: a.pem')).toContain(
      'redis.ca: expected nothing: redis has no TLS',
    )
    expect(redis('url: "rediss://a", username: b')).toContain(
      'redis.username: expected `password_file` beside it',
    )
    expect(redis('url: "rediss://user:secret@replay.internal"')).toContain(
      'without a user, a password or a path',
    )
    expect(redis('url: "rediss://user:secret@replay.internal"')).not.toContain('secret@')
    for (const text of [
      'url: "rediss://a/?password=secret@b"',
      'url: "rediss://user:secret/secret@a"',
      'cluster: ["user:secret@a:6379"]',
    ])
      expect(redis(text)).toMatch(/^(?!.*secret@?[ab]).*found "[^"]*…/)
    expect(redis('url: "rediss://a", certificate: a.pem')).toContain(
      'replay.redis.private_key: expected `private_key` beside `certificate`, found nothing',
    )
    for (const url of ['redis://[::1', 'rediss://a:99999', 'rediss://:6379'])
      expect(redis(`url: "${url}"`)).toContain('replay.redis.url: expected a redis or rediss URL')
    expect(redis('cluster: ["a:99999"]')).toContain('replay.redis.cluster[0]: expected a host:port')
  })

  it('have the secret of their nonces in common', () => {
    expect(redis('url: "rediss://replay.internal"', '')).toContain(
      'dpop_nonce: expected `secret` or `secret_file`, as `replay.store` is redis and each replica takes the nonces of the others, found none',
    )
  })

  it('know what was spent before a start', () => {
    const text = 'replay: { store: redis, redis: { url: "rediss://a" }, danger_trust_before_start: true }\n'
    expect(reportOf(text + NONCE + SAMPLE)).toContain(
      'expected false, as Redis knows what was spent before a start',
    )
  })

  it('are said to be meant, where there is a Redis', () => {
    expect(reportOf(`replay: { redis: { url: "rediss://a" } }\n${SAMPLE}`)).toContain(
      'replay.redis: expected `store: redis` beside it, found a ledger in memory',
    )
  })
})

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
      'gateway.yaml:17:18 upstreams.accounts.client_cert: expected `certificate` and `private_key`, or `signature`, beside it, found neither; else the upstream cannot tell who wrote the field',
    )
    expect(reportOf(given('url: http://a\n    danger_plaintext: true'))).toContain('accounts.client_cert')
    for (const text of [
      'url: https://a\n    certificate: c\n    private_key: k',
      'url: https://a\n    signature: {}',
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

  it('asks about a consent in one way, by an id from one place', () => {
    const consents = (service: string) => reportOf(`consents:\n  c: { states: A, ${service} }\n${SAMPLE}`)
    const url = 'url: "https://c.example/{id}"'
    expect(consents(`${url}, id: { claim: c }`)).not.toContain('consents')
    expect(consents('from_claim: consent, id: { scope: "consent:" }')).not.toContain('consents')
    expect(consents('id: { claim: c }')).toContain(
      'consents.c: expected either `url` or `from_claim`, found neither',
    )
    expect(consents(`${url}, from_claim: x, id: { claim: c }`)).toContain('found both')
    expect(consents(`${url}, id: {}`)).toContain(
      'expected one of claim, scope, authorization_details, found none',
    )
    expect(consents(`${url}, id: { claim: c, scope: s }`)).toContain('found claim and scope')
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

it('passes over what is malformed', () => {
  for (const raw of [
    null,
    undefined,
    7,
    'x',
    [],
    [[]],
    { listeners: 7, issuers: [null], upstreams: 'x', routes: { a: [] } },
  ]) {
    expect(() => crossCheck(raw)).not.toThrow()
  }
})
