import { describe, expect, it } from 'vitest'
import { crossCheck } from '../../src/config/cross-check.ts'
import { changed, EXAMPLE, reportOf, SAMPLE } from './sample.ts'

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
      for (const key of ['required_headers', 'optional_headers']) {
        const text = changed(
          '    upstream: accounts\n',
          `    upstream: accounts\n    ${key}: { ${name}: text }\n`,
        )
        expect(reportOf(text)).toContain(
          `routes[0].${key}.${name}: expected a field that is passed on to the upstream`,
        )
      }
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
    [
      'private_key_jwt',
      ', private_key: k, key_id: k, certificate: c',
      'issuers.bank.introspection.certificate: expected none, as private_key_jwt does not show it, found certificate',
    ],
    [
      'client_secret_basic',
      ', client_secret: a, key_id: k',
      'issuers.bank.introspection.key_id: expected none, as client_secret_basic does not show it, found key_id',
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
    expect(reportOf(asked('').replace('jwks_uri: https://as/jwks', 'denied_keys: [stolen]'))).toContain(
      'issuers.bank.denied_keys: expected no keys beside `introspection`, found denied_keys',
    )
  })

  it.each([
    ['status_list: { required: true }', true],
    ['status_list: {}', true],
    ['decryption: [{ key: k.pem, key_id: k }]', true],
    ['require_encryption: true', true],
    ['require_encryption: false', false],
  ])('that are asked have no rule for tokens that are verified here: %s', (rule, isRefused) => {
    const asked = `    ${rule}\n    introspection: { client_id: a, client_auth: client_secret_post, client_secret: b }\n`
    const [key] = rule.split(':')
    const report = reportOf(changed('    audience:', `${asked}    audience:`))
    const line = `gateway.yaml:11:5 issuers.bank.${key}: expected nothing beside \`introspection\`, found ${key}; it holds for tokens that are verified here, and these are asked about`
    expect(report.split('\n').includes(line)).toBe(isRefused)
    if (!isRefused) expect(report).toBe('')
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
    expect(redis('url: "rediss://replay.internal", username: b, password_file: p')).toBe('')
    expect(redis('url: "rediss://replay.internal"', 'dpop_nonce: { secret_file: s }\n')).toBe('')
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
    expect(redis('cluster: [a:6379], danger_plaintext: true')).toBe('')
    expect(redis('cluster: [a:6379], danger_plaintext: true, ca: a.pem')).toContain(
      'redis.ca: expected nothing: with `danger_plaintext` a cluster has no TLS',
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
