import { describe, expect, it } from 'vitest'
import { signatureProfileRules } from '../../src/config/cross-check/signature-profiles.ts'
import { signedUpstreamRules } from '../../src/config/cross-check/signed-upstreams.ts'
import { signatureProfile } from '../../src/config/schema/signature.ts'

describe('an upstream that gets what is forwarded signed', () => {
  const faults = (raw: object) =>
    [...signedUpstreamRules(raw)].map(({ path, expected }) => `${path.join('.')}: ${expected}`)
  const upstreams = { bank: { signature: {} }, plain: {} }
  const key = { key: 'k.pem', key_id: 'k', algorithm: 'ES256' }

  it('has always covered what can leave alone: how the client is named, and its token where that is forwarded', () => {
    const told = (name: string, upstream: object = {}, route: object = {}) => {
      const signature = { always: ['@method', '@path', name] }
      const routes = [{ upstream: 'bank', require: {}, ...route }, { upstream: 'plain' }]
      return faults({ upstreams: { bank: { signature, ...upstream } }, signing: key, routes })
    }
    const jwt = { identity: 'jwt' }
    for (const [name, upstream, route] of [
      ['content-type'],
      ['holdfast-client-id'],
      ['txn-token', jwt],
      ['authorization', {}, { forward_token: true }],
      ['client-cert', { client_cert: 'leaf' }],
      ['client-cert-chain', { client_cert: 'chain' }],
    ] as const)
      expect(told(name, upstream, route)).toEqual([])
    const some = [
      { upstream: 'bank', forward_token: true },
      { upstream: 'bank', require: {} },
    ]
    const signature = { always: ['@method', '@path', 'authorization'] }
    expect(faults({ upstreams: { bank: { signature } }, signing: key, routes: some })).toHaveLength(1)
    for (const [name, upstream] of [
      ['dpop'],
      ['signature'],
      ['te'],
      ['authorization'],
      ['txn-token'],
      ['holdfast-client-id', jwt],
      ['client-cert'],
      ['client-cert-chain', { client_cert: 'leaf' }],
    ] as const)
      expect(told(name, upstream)).toEqual([
        'upstreams.bank.signature.always: fields that each request to it has, or none could be signed',
      ])
  })

  it('takes a key, and no public route', () => {
    expect(faults({ upstreams, signing: key, routes: [{ upstream: 'bank', require: {} }] })).toEqual([])
    expect(faults({ upstreams, routes: [] })).toEqual([
      'upstreams.bank.signature: a `signing` key in this file',
    ])
    expect(
      faults({
        upstreams,
        signing: key,
        routes: [
          { upstream: 'bank', danger_public: true },
          { upstream: 'plain', danger_public: true },
          { upstream: 7, danger_public: true },
          { upstream: 'bank', require: {}, enforce: 'shadow' },
        ],
      }),
    ).toEqual([
      'routes.0.upstream: an upstream without `signature` on a route that is open',
      'routes.3.upstream: an upstream without `signature` on a route that is open',
    ])
  })

  it.each([
    [{ if_present: [] }, []],
    [{ always: ['@method', '@path', 'date'] }, []],
    [
      { always: [] },
      [
        'always: @method, without which a signature is good for another request',
        'always: @target-uri, @request-target or @path, without which a signature is good for another request',
      ],
    ],
    [{ if_present: ['date', '@status'] }, ['if_present.1: a component of the head of a request']],
  ])('can tell by a signature which request it is of: %j', (signature, expected) => {
    const raw = { upstreams: { bank: { signature } }, signing: key }
    const above = 'upstreams.bank.signature.'
    expect(faults(raw)).toEqual(expected.map((each) => above + each))
  })
})

describe('what answers of a profile are signed with', () => {
  const faults = (response: object) =>
    [...signatureProfileRules({ signature_profiles: { ours: { response } } })].map(
      ({ path, expected, hint }) =>
        `${path.slice(3).join('.')}: ${expected}${hint === undefined ? '' : `; ${hint}`}`,
    )

  it.each([
    [{}],
    [{ always: ['@status'] }],
    [{ always: ['@status', '@method;req', 'date'], if_present: ['etag', 'content-digest'], if_body: [] }],
    [{ always: 'malformed', if_body: 7 }],
  ])('%j names the answer and its body', (response) => {
    expect(faults(response)).toEqual([])
  })

  it.each([
    [{ always: [] }, ['always: @status, without which a signature is good for another answer']],
    [
      { always: ['@status;req', 'date'] },
      ['always: @status, without which a signature is good for another answer'],
    ],
    [{ if_body: [] }, ['if_body: content-digest, without which a signature says nothing of the body']],
    [
      { always: ['@status', '@method'], if_present: ['@path'] },
      [
        'always.1: a component that an answer has; of its request it is `@method;req`',
        'if_present.0: a component that an answer has; of its request it is `@path;req`',
      ],
    ],
  ])('%j does not', (response, expected) => {
    expect(faults(response)).toEqual(expected)
  })
})

describe('what requests of a profile sign', () => {
  const faults = (request: object) =>
    [...signatureProfileRules({ signature_profiles: { ours: { request } } })].map(
      ({ path, expected }) => `${path.slice(3).join('.')}: ${expected}`,
    )

  it.each([
    [{}],
    [{ always: ['@method', '@target-uri', 'date'] }],
    [
      {
        always: ['@method', '@authority', '@request-target'],
        if_body: ['content-digest;bs', 'content-type'],
      },
    ],
    [{ always: ['@method', '@path', '"@query"'], if_present: ['content-digest'], if_body: [] }],
    [{ always: 'malformed', if_body: 7 }],
  ])('%j names the request and its body', (request) => {
    expect(faults(request)).toEqual([])
  })

  it.each([
    [{ if_body: [] }, ['if_body: content-digest, without which a signature says nothing of the body']],
    [
      { if_body: ['content-digest;req', 'content-type'] },
      [
        'if_body: content-digest, without which a signature says nothing of the body',
        'if_body.0: a component of the head of a request',
      ],
    ],
    // Which of its members hold for the body is not the signature's to say.
    [
      { if_body: ['content-digest;key="md5"'] },
      ['if_body: content-digest, without which a signature says nothing of the body'],
    ],
    // Trailers come when the request has been judged, and no request has a status.
    [
      { if_present: ['content-digest', '@status', 'date;tr'] },
      [
        'if_present.1: a component of the head of a request',
        'if_present.2: a component of the head of a request',
      ],
    ],
    [
      { always: ['date', 'authorization'] },
      [
        'always: @method, without which a signature is good for another request',
        'always: @target-uri, @request-target or @path, without which a signature is good for another request',
      ],
    ],
    [
      { always: ['@target-uri', '@method;req'] },
      [
        'always: @method, without which a signature is good for another request',
        'always.1: a component of the head of a request',
      ],
    ],
  ])('%j does not', (request, expected) => {
    expect(faults(request)).toEqual(expected)
  })
})

describe('a profile of signatures', () => {
  it('is not named as the one that is built in', () => {
    const raw = { signature_profiles: { fapi2: { request: 'off' } } }
    expect([...signatureProfileRules(raw)].map(({ expected }) => expected)).toEqual(['a name of your own'])
  })

  it('signs something', () => {
    const faults = (ours: object) =>
      [...signatureProfileRules({ signature_profiles: { ours } })].map(({ expected }) => expected)
    expect(faults({ request: 'off' })).toEqual([])
    expect(faults({ response: 'off' })).toEqual([])
    expect(faults({ request: 'off', response: 'off' })).toEqual(['`request` or `response` that is not off'])
  })

  it('is fapi2 where it says nothing', () => {
    expect(signatureProfile.parse({})).toMatchObject({
      request: {
        always: ['@method', '@target-uri', 'authorization'],
        if_present: ['dpop'],
        if_body: ['content-digest'],
        tag: 'fapi-2-request',
        max_age: 60_000,
        clock_skew: 10_000,
        keyid: 'required',
        algorithms: ['ES256', 'Ed25519', 'PS256'],
        several: 'one',
      },
      response: { tag: 'fapi-2-response', request_signature: 'member' },
    })
  })

  it.each([
    [{ request: { always: ['@nothing'] } }],
    [{ request: { always: ['Date'] } }],
    [{ request: { always: ['date;bs;sf'] } }],
    [{ request: { always: ['@query-param'] } }],
    [{ request: { algorithms: ['hmac-sha256'] } }],
    [{ request: { algorithms: ['RS256'] } }],
    [{ request: { max_age: '1h' } }],
    [{ response: { request_signature: 'all' } }],
    [{ structured_fields: { 'x-a': 'string' } }],
  ])('does not take %j', (given) => {
    expect(signatureProfile.safeParse(given).success).toBe(false)
  })

  it('takes components as RFC 9421 writes them', () => {
    const always = ['@query-param;name="id"', '"content-digest";key="sha-256"', 'priority;sf']
    expect(signatureProfile.safeParse({ request: { always } }).success).toBe(true)
  })
})
