import { describe, expect, it } from 'vitest'
import { changed, documentOf, EXAMPLE, SAMPLE } from './sample.ts'

describe('the Document', () => {
  it('has every default', () => {
    const document = documentOf(SAMPLE)
    expect(document).toMatchObject({
      drain_timeout: 30_000,
      log: { level: 'info', access: true },
      admin: { bind: { host: '127.0.0.1', port: 9901 }, danger_public_bind: false },
      clients: [],
      replay: { store: 'memory' },
      caches: { tokens: 25_000, dpop_keys: 25_000, introspected_tokens: 25_000 },
    })
    expect(document.listeners[0]).toMatchObject({
      tls: { min_version: 'TLSv1.2', client_certificate: 'none', client_certificate_mode: 'pki' },
      limits: {
        header_size: 16_384,
        header_count: 100,
        body_size: 10_485_760,
        header_timeout: 10_000,
        idle_timeout: 60_000,
        max_connections: 10_000,
        max_streams: 100,
      },
    })
    expect(document.issuers.bank).toEqual({
      issuer: 'https://as.bank.example',
      audience: ['https://api.bank.example'],
      algorithms: ['PS256', 'ES256', 'EdDSA'],
      dialect: 'rfc9068',
      require_encryption: false,
      clock_skew: 10_000,
      stale_keys: 86_400_000,
      status_list: {
        required: false,
        max_age: 300_000,
        stale: 60_000,
        max_size: 1_048_576,
        max_lists: 100,
        danger_allow_unavailable: false,
        danger_ignore_status: false,
      },
    })
    expect(document.upstreams.accounts).toEqual({
      url: 'http://127.0.0.1:8080',
      timeout: 30_000,
      connect_timeout: 5_000,
      max_connections: 256,
      identity: 'headers',
      client_cert: 'off',
      txn_token: { lifetime: 15_000 },
      danger_plaintext: false,
    })
    expect(document.routes[0]).toEqual({
      path: '/accounts/**',
      upstream: 'accounts',
      limits: { held_body_size: 1_048_576, held_answer_size: 1_048_576, held_body_timeout: 30_000 },
      evidence: 'off',
      required_headers: {},
      optional_headers: {},
      enforce: 'always',
      danger_public: false,
      forward_token: false,
      path_parameters: false,
      require: {
        policy: [],
        issuer: ['bank'],
        scope: ['accounts'],
        claims: {},
        authorization_details: [],
        condition: [],
        sender: ['dpop', 'mtls'],
        dpop: {
          nonce: 'off',
          nonce_age: 300_000,
          max_age: 60_000,
          clock_skew: 10_000,
          algorithms: ['PS256', 'ES256', 'EdDSA', 'Ed25519'],
        },
        shadow: {},
        strict_confirmation: false,
        danger_accept_bearer: false,
      },
    })
  })

  it('one algorithm is a list of one', () => {
    const text = changed('    issuer: https', '    algorithms: ES256\n    issuer: https')
    const proofs = documentOf(`${text}      dpop: { algorithms: EdDSA }\n`)
    expect(proofs.issuers['bank']?.algorithms).toEqual(['ES256'])
    expect(proofs.routes[0]?.require?.dpop.algorithms).toEqual(['EdDSA'])
  })

  it.each([
    ['500ms', 500],
    ['60s', 60_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
  ])('reads the duration %s', (text, milliseconds) => {
    expect(documentOf(`drain_timeout: ${text}\n${SAMPLE}`).drain_timeout).toBe(milliseconds)
  })

  it.each([
    ['0B', 0],
    ['512B', 512],
    ['64KiB', 65_536],
    ['1MiB', 1_048_576],
    ['2GiB', 2_147_483_648],
  ])('reads the size %s', (text, octets) => {
    const document = documentOf(changed('    tls:', `    limits: { body_size: ${text} }\n    tls:`))
    expect(document.listeners[0]?.limits.body_size).toBe(octets)
  })

  it.each([
    ['https://API.bank.example:443', 'https://api.bank.example'],
    ['https://api.bank.example:8443', 'https://api.bank.example:8443'],
    ['https://[2001:DB8::0:1]:8443', 'https://[2001:db8::1]:8443'],
  ])('normalises the origin %s', (text, origin) => {
    const document = documentOf(changed('https://api.bank.example', text))
    expect(document.listeners[0]?.public_origin).toEqual([origin])
  })

  it.each([
    ['0.0.0.0:8443', '0.0.0.0', 8443],
    ['"[::]:8443"', '::', 8443],
    ['localhost:0', 'localhost', 0],
  ])('reads the address %s', (text, host, port) => {
    expect(documentOf(changed('0.0.0.0:8443', text)).listeners[0]?.bind).toEqual({ host, port })
  })

  it.each([
    ['10.0.3.7', '10.0.3.7', 32],
    ['10.0.3.0/24', '10.0.3.0', 24],
    ['0.0.0.0/0', '0.0.0.0', 0],
    ['fd00:7::1', 'fd00:7::1', 128],
    ['fd00:7::/64', 'fd00:7::', 64],
  ])('reads the network %s', (text, address, prefix) => {
    const yaml = changed('    bind:', `    proxy_protocol_from: '${text}'\n    bind:`)
    expect(documentOf(yaml).listeners[0]?.proxy_protocol_from).toEqual([{ address, prefix }])
  })

  it('keeps an issuer byte for byte', () => {
    const document = documentOf(changed('https://as.bank.example', 'https://AS.bank.example:443/a/'))
    expect(document.issuers.bank?.issuer).toBe('https://AS.bank.example:443/a/')
  })

  it('has paths in the normal form that requests are matched in', () => {
    expect(documentOf(changed('/accounts/**', '/%61ccounts/%c3%a9')).routes[0]?.path).toBe('/accounts/%C3%A9')
  })

  it('makes one value a list', () => {
    const route = documentOf(
      changed('    upstream:', '    methods: GET\n    hosts: API.bank.example\n    upstream:'),
    ).routes[0]
    expect(route).toMatchObject({ methods: ['GET'], hosts: ['api.bank.example'] })
  })

  it('has all of the example', () => {
    const document = documentOf(EXAMPLE)
    expect(document.routes.map(({ path }) => path)).toEqual([
      '/accounts/**',
      '/accounts/{accountId}/transactions',
      '/domestic-payments',
      '/payments/**',
      '/cards/**',
      '/status',
    ])
    expect(document.issuers['bank-opaque']?.introspection).toMatchObject({
      client_id: 'gateway',
      cache: 30_000,
    })
  })
})
