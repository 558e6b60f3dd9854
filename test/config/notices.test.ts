// biome-ignore-all lint/suspicious/noTemplateCurlyInString: what a notice says of the environment is tested
import { expect, it } from 'vitest'
import type { Document } from '../../src/config/document.ts'
import { dangerKeys, notices as noticesOf } from '../../src/config/notices.ts'
import { type Notice, noticeText, placedNotice } from '../../src/config/problem.ts'
import { changed, decoded, documentOf, EXAMPLE, reportOf, SAMPLE } from './sample.ts'

const notices = (document: Document) => noticesOf(document).map(noticeText)

it('a plain configuration needs no notice', () => {
  expect(notices(documentOf(SAMPLE))).toEqual([])
  expect(notices(documentOf(`threads: 1\n${SAMPLE}`))).toEqual([])
})

it('every weakened rule is named with its path', () => {
  const text = changed('url: http://127.0.0.1:8080', 'url: http://accounts\n    danger_plaintext: true')
  const open = `admin: { bind: 0.0.0.0:1, danger_public_bind: true }\n${text}      danger_accept_bearer: true\n`
  expect(notices(documentOf(open))).toEqual([
    'admin.danger_public_bind: the admin address is not loopback; whoever reaches it reads the metrics and revokes tokens',
    'upstreams.accounts.danger_plaintext: what is sent there leaves this machine without TLS',
    'routes[0].require.danger_accept_bearer: access tokens without `cnf` are accepted; whoever steals one can use it',
  ])
})

it('nothing is said of what allows plain text where there is none, or another address than it has', () => {
  const allowed = (url: string) =>
    notices(
      documentOf(
        `admin: { danger_public_bind: true }\n${changed('url: http://127.0.0.1:8080', `url: ${url}\n    danger_plaintext: true`)}`,
      ),
    )
  for (const url of ['https://accounts', 'http://localhost', 'http://accounts\n    socket_path: s'])
    expect(allowed(url)).toEqual([])
  expect(allowed('http://accounts')).toHaveLength(1)
  const redis = (place: string) =>
    notices(
      documentOf(
        `dpop_nonce: { secret: 0123456789abcdef0123456789abcdef }\nreplay: { store: redis, redis: { ${place}, danger_plaintext: true } }\n${SAMPLE}`,
      ),
    )
  expect(redis('url: "rediss://r:1"')).toEqual([])
  for (const place of ['url: "redis://r:1"', 'cluster: ["r:1"]'])
    expect(redis(place)).toEqual([
      'replay.redis.danger_plaintext: what is sent there leaves this machine without TLS',
    ])
})

it('a rule that watches beside those that are enforced is named, and weakens none of them', () => {
  const watching = documentOf(
    changed('      scope: accounts\n', '      scope: accounts\n      shadow: { acr: high }\n'),
  )
  expect(notices(watching)).toEqual([
    'routes[0].require.shadow.acr: it only watches: what it would refuse is written down, and passes',
  ])
  expect(dangerKeys(watching)).toEqual([])
  const loose = documentOf(
    `policies: { p: { enforce: shadow, danger_accept_bearer: true } }\n${changed(
      '      scope: accounts\n',
      '      scope: accounts\n      policy: p\n      shadow: { danger_accept_bearer: true }\n',
    )}`,
  )
  expect(notices(loose).filter((each) => each.includes('cnf'))).toEqual([])
  const open = documentOf(changed('    require:\n', '    enforce: shadow\n    require:\n'))
  expect(dangerKeys(open)).toEqual(['routes[0].enforce'])
})

it('what nobody hears of a route that watches as a whole is named', () => {
  const text = changed(
    '    require:\n',
    '    enforce: shadow\n    evidence: bodies\n    require:\n      policy: [next, now]\n      shadow: { acr: high }\n',
  )
  const told = notices(
    documentOf(
      `evidence: { directory: e }\npolicies: { next: { enforce: shadow, scope: a }, now: { scope: b } }\n${text}`,
    ),
  )
  const idle = 'it says nothing: `enforce: shadow` has the rest of the route watch as one, without it'
  expect(told.slice(2)).toEqual([
    `routes[0].require.shadow.acr: ${idle}`,
    `routes[0].require.policy[0]: ${idle}`,
    'routes[0].evidence: what is kept says neither who asked nor what they signed, and has no bodies: the route only watches',
  ])
})

it('a field that a route asks for, and that no script may send, is named', () => {
  const cors = (more: string, headers: string, demands = '') =>
    notices(
      documentOf(
        `consents: { c: { url: "https://c.example/{id}", states: A, id: { claim: c, header: Consent-ID } } }\n${changed(
          '    require:\n',
          `    cors: { origins: https://app.example${more} }\n    required_headers: ${headers}\n    require:\n${demands}`,
        )}`,
      ),
    )
  const says = (name: string) =>
    `routes[0].cors: scripts may not send ${name}, without which a request is refused: \`allow_headers\``
  const asked = '{ X-Request-ID: uuid, user-agent: text, Content-Type: text, DPoP-Note: text }'
  expect(cors('', asked)).toEqual([says('X-Request-ID'), says('DPoP-Note')])
  expect(cors(', allow_headers: [x-request-id, DPoP-Note]', asked)).toEqual([])
  const consent = '      consent: { service: c }\n'
  expect(cors('', '{}', consent)).toEqual([says('Consent-ID')])
  expect(cors('}\n    enforce: shadow\n    limits: {', '{}', consent)).toHaveLength(1)
})

it('a consent that only the request names is named, unless it must be of the customer of the token', () => {
  const named = (id: string, members = '{}') =>
    notices(
      documentOf(
        `consents:\n  c: { url: "https://c.example/{id}", states: A, id: ${id}, members: ${members} }\n${SAMPLE}`,
      ),
    )
  expect(named('{ header: Consent-ID }')).toEqual([
    'consents.c.id.header: a client may name the consent of one customer and use the token of another; `members.subject` compares them',
  ])
  expect(named('{ header: Consent-ID }', '{ subject: customer }')).toEqual([])
  expect(named('{ header: Consent-ID, claim: c }')).toEqual([])
})

it('a consent that clients of several issuers may stand for is named', () => {
  const of = (issuer: string, enforce = 'always') =>
    notices(
      documentOf(
        `consents: { c: { url: "https://c.example/{id}", states: A, id: { claim: c } } }\n${changed(
          'require:\n      issuer: bank',
          `enforce: ${enforce}\n    require:\n      issuer: [bank, other]\n      consent: { service: c }`,
        ).replace(
          'upstreams:',
          `  other: { issuer: "${issuer}", audience: https://other.bank.example }\nupstreams:`,
        )}`,
      ),
    )
  expect(of('https://as.bank.example')).toEqual([])
  expect(of('https://as.other.example', 'shadow')).toHaveLength(1)
  expect(of('https://as.other.example')).toEqual([
    'routes[0].require.consent: a consent says of which client it is, and not of which issuer: two issuers may call different clients the same',
  ])
})

it('a route on which any token is enough is named, unless a policy says what for', () => {
  const open = changed('      scope: accounts\n', '')
  expect(notices(documentOf(open))).toEqual([
    'routes[0].require: any token of bank is enough, whatever it was issued for: no scope, claim, authorization detail, condition or consent is asked for',
  ])
  for (const enforce of ['always', 'shadow']) {
    const shared = `policies: { read: { enforce: ${enforce}, scope: accounts } }\n`
    const text = shared + changed('      scope: accounts\n', '      policy: read\n')
    const named = notices(documentOf(text)).filter((each) => each.includes('any token'))
    expect(named).toHaveLength(enforce === 'shadow' ? 1 : 0)
  }
})

it('a segment that other routers would take for a parameter is named', () => {
  expect(notices(documentOf(changed('/accounts/**', '/accounts/:id/balance')))).toEqual([
    'routes[0].path: `:id` is compared as it is written; `{id}` stands for any segment',
  ])
  expect(notices(documentOf(changed('/accounts/**', '/accounts/batch:read')))).toEqual([])
})

it('an issuer that is the place of its metadata is named', () => {
  const text = changed('as.bank.example', 'as.bank.example/.well-known/openid-configuration')
  expect(notices(documentOf(text))).toEqual([
    'issuers.bank.issuer: that is where metadata is; the issuer, as tokens have it in `iss`, is named there, and another place of it is `metadata_url`',
  ])
})

it('a scope with a comma is named, on a route and in a policy', () => {
  const text = changed('      scope: accounts\n', '      policy: read\n      scope: "accounts,payments"\n')
  expect(notices(documentOf(`policies: { read: { scope_any: [x, "a,b"] } }\n${text}`))).toEqual([
    'policies.read.scope_any: `a,b` is one scope; several are a list, [a, b]',
    'routes[0].require.scope: `accounts,payments` is one scope; several are a list, [accounts, payments]',
  ])
})

it.each(['$AUDIENCE', '$(AUDIENCE)', '"%AUDIENCE%"'])('%s, which nothing fills in, is named', (text) => {
  const audience = (value: string) =>
    notices(documentOf(changed('audience: https://api.bank.example', `audience: ${value}`)))
  expect(audience(text)).toEqual([
    'issuers.bank.audience[0]: it is taken as it is written; `${NAME}` stands for a variable of the environment',
  ])
  expect(audience('$audience')).toEqual([])
  expect(audience('US$')).toEqual([])
})

it('answers whose keys nobody publishes are named, once', () => {
  const signed = (profile: string, publishes = '') => {
    const text = changed('      scope: accounts\n', `      scope: accounts\n      signature: ${profile}\n`)
    const keys =
      'signing: { key: k.pem, key_id: k, algorithm: ES256 }\nclients: [{ client_id: c, jwks_file: c }]\n'
    const profiles = 'signature_profiles: { requests: { response: off } }\n'
    return notices(documentOf(profiles + keys + text.replace('    bind: ', `${publishes}    bind: `)))
  }
  expect(signed('fapi2')).toEqual([
    'routes[0].require.signature: answers are signed, and no listener publishes the keys: `jwks_path`',
  ])
  expect(signed('fapi2', '    jwks_path: /jwks.json\n')).toEqual([])
  expect(signed('requests')).toEqual([])
})

it('a place for keys is named where there are none', () => {
  expect(notices(documentOf(changed('    bind: ', '    jwks_path: /jwks.json\n    bind: ')))).toEqual([
    'listeners[0].jwks_path: there are no keys to publish: `signing`',
  ])
})

it('status lists that are not asked are named', () => {
  const text = changed(
    'audience: https://api.bank.example',
    'audience: https://api.bank.example\n    status_list: { danger_allow_unavailable: true, danger_ignore_status: true }',
  )
  expect(notices(documentOf(text))).toEqual([
    'issuers.bank.status_list.danger_allow_unavailable: tokens pass while their status list cannot be had, revoked ones too',
    'issuers.bank.status_list.danger_ignore_status: the status of tokens is not looked at, so revoked ones pass until they expire',
  ])
})

it('the example weakens one rule, which is named with its path', () => {
  expect(notices(documentOf(EXAMPLE))).toEqual([
    'routes[5].danger_public: no credential is asked for on this route',
  ])
})

it('a method that nobody registered may be misspelt, and may be meant', () => {
  const forMethods = (methods: string) =>
    notices(documentOf(changed('    upstream: a', `    methods: ${methods}\n    upstream: a`)))
  const says = 'is no registered method (RFC 9110 §16.1)'
  expect(forMethods('GTE')).toEqual([`routes[0].methods: GTE ${says}; did you mean \`GET\`?`])
  expect(forMethods('[GET, PATHC, PURGE]')).toEqual([
    `routes[0].methods[1]: PATHC ${says}; did you mean \`PATCH\`?`,
    `routes[0].methods[2]: PURGE ${says}`,
  ])
  expect(forMethods('[GET, PUT, PATCH, OPTIONS, PROPFIND, MKCOL, REPORT, VERSION-CONTROL, QUERY]')).toEqual(
    [],
  )
})

it('a notice is told from a problem behind its place', () => {
  const { document, locate } = decoded(EXAMPLE)
  const [first] = noticesOf(document as Document)
  expect(placedNotice(locate, first as Notice)).toMatch(
    /^gateway\.yaml:\d+:\d+ notice: routes\[5\]\.danger_public: no credential is asked for on this route$/,
  )
  expect(reportOf(changed('scope: accounts', 'scope: a b'))).not.toContain('notice')
})
