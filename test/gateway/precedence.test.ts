import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { D as P } from '../../src/verify/dpop/denials.ts'
import { startIntrospectionEndpoint } from '../support/introspection-endpoint.ts'
import { aKey } from '../support/keys.ts'
import type { Answer } from '../support/wire-client.ts'
import { clientCertificate, pkiFolder, x5tOf } from '../support/wire-pki.ts'
import { clientJwks, signatureFor } from '../support/wire-signature.ts'
import { nowSeconds, ORIGIN, proof, token } from '../support/wire-tokens.ts'
import { freePort } from '../support/wire-upstream.ts'
import { startWithUpstream } from '../support/with-upstream.ts'
import { changed, type Draft, LADDER, type Spoil, spoilOf } from './precedence-ladder.ts'

const consents = await startIntrospectionEndpoint()
afterAll(() => consents.close())
for (const [id, status] of [
  ['good', 'AUTHORISED'],
  ['revoked', 'REVOKED'],
] as const)
  consents.documents.set(`/consents/${id}`, { status, client_id: 'tpp-1' })
const pki = await pkiFolder()
const require = {
  issuer: 'bank',
  scope: 'payments',
  acr: 'high',
  signature: 'fapi2',
  authorization_details: [
    { type: 'payment', actions: 'pay', match: { '/amount': { body: '/amount', as: 'decimal' } } },
  ],
  consent: { service: 'bank' },
  content_digest: 'required',
  dpop: { nonce: 'required' },
}
const route = { upstream: 'bank', require, methods: ['POST'] }
const { gateway, upstream, stop } = await startWithUpstream({
  listeners: [
    {
      limits: { body_size: '1KiB' },
      tls: { client_certificate: 'optional', client_certificate_mode: 'pop' },
    },
  ],
  issuers: {
    bank: { issuer: 'https://as.bank.example', audience: ORIGIN, jwks_file: 'issuer.jwks.json' },
    away: {
      issuer: 'https://away.example',
      audience: ORIGIN,
      jwks_uri: `https://127.0.0.1:${await freePort()}/`,
    },
  },
  clients: [{ client_id: 'tpp-1', jwks: clientJwks() }],
  signing: { key: `${pki}/signing-key.pem`, key_id: 'gateway', algorithm: 'ES256' },
  consents: {
    bank: {
      url: `${consents.origin}/consents/{id}`,
      ca: `${pki}/as-ca.pem`,
      id: { claim: 'consent_id' },
      states: 'AUTHORISED',
    },
  },
  routes: [
    { ...route, path: '/payments' },
    { ...route, path: '/away', require: { ...require, issuer: 'away' } },
  ],
})
afterAll(stop)

describe('the first of several faults is the one that is answered', () => {
  let nonce: string

  beforeAll(async () => {
    nonce = (await send([(draft) => delete draft.proof['nonce']])).all('dpop-nonce')[0]!
  })

  it('none: it passes', async () => {
    expect((await send([])).status).toBe(200)
  })

  for (const version of ['1.1', '2'] as const) {
    it.each(LADDER.map((each, at) => [each.what, at] as const))(
      `%s, and all that follows, over HTTP/${version}`,
      async (_, at) => {
        const faults = LADDER.slice(at).map(({ spoil }) => spoil)
        const { code, status, error } = LADDER[at]!
        upstream.news()
        const answer = await send(faults, version)
        expect([answer.code, answer.status]).toEqual([code, status])
        expectChallenges(answer, error)
        expect(answer.all('accept-signature')).toHaveLength(code === 'SIG_INVALID' ? 1 : 0)
        expect(answer.all('cache-control')).toEqual(['no-store'])
        if (version === '1.1' && at < 2) expect(answer.all('connection')).toEqual(['close'])
        expect(answer.all('dpop-nonce')).toHaveLength(error === 'use_dpop_nonce' ? 1 : 0)
        expect(upstream.news()).toEqual([])
      },
    )
  }

  it('no route 404, another method 405 with Allow, whatever else is wrong; no challenge', async () => {
    const rest = LADDER.slice(2).map(({ spoil }) => spoil)
    const unknown = await send([...rest, changed({ path: '/nothing' })])
    expect([unknown.status, unknown.code]).toEqual([404, 'ROUTE_UNKNOWN'])
    const method = await send([...rest, changed({ method: 'PUT' })])
    expect([method.status, method.code, method.all('allow')]).toEqual([405, 'METHOD_UNKNOWN', ['POST']])
    for (const answer of [unknown, method]) expectChallenges(answer, null)
  })

  it('no credentials: bare challenges, one for each scheme, that say where the metadata is', async () => {
    const answer = await send([changed({ scheme: null }), LADDER.at(-1)!.spoil])
    expect([answer.status, answer.code]).toEqual([401, 'TOKEN_ABSENT'])
    const challenges = answer.all('www-authenticate')
    expect(challenges.map((each) => each.split(' ')[0])).toEqual(['DPoP', 'Bearer'])
    for (const challenge of challenges) {
      expect(challenge).not.toContain('error')
      expect(challenge).toMatch(METADATA)
    }
  })

  it('what cannot be judged is 503 at its step, with Retry-After and without a challenge; an earlier refusal stands', async () => {
    const away: Spoil = (draft) => {
      draft.path = '/away'
      draft.token['iss'] = 'https://away.example'
    }
    const below = LADDER.slice(6).map(({ spoil }) => spoil)
    const answer = await send([away, ...below])
    expect([answer.status, answer.code, answer.all('retry-after')]).toEqual([
      503,
      'TOKEN_KEYS_UNAVAILABLE',
      ['5'],
    ])
    expectChallenges(answer, null)
    expect((await send([away, ...LADDER.slice(5).map(({ spoil }) => spoil)])).code).toBe('TOKEN_EXPIRED')
  })

  it('a spent proof comes after all that the head says and before the body', async () => {
    const spent: Spoil = ({ proof: claims }) => Object.assign(claims, { jti: 'spent' })
    const first = await send([spent])
    const digest = spoilOf('DIGEST_MISMATCH')
    const again = await send([spent, digest])
    expect([first.status, again.status, again.code]).toEqual([200, 401, 'DPOP_REPLAYED'])
    expectChallenges(again, 'invalid_dpop_proof')
    for (const code of ['SIG_INVALID', 'SCOPE_INSUFFICIENT', 'CONSENT_STATE'])
      expect((await send([spent, spoilOf(code), digest])).code).toBe(code)
  })

  it('of a token that is bound twice, another certificate comes after a bad proof and before the nonce', async () => {
    const certificate = await clientCertificate('client-1')
    const both: Spoil = (draft) => {
      draft.token['cnf'] = { jkt: aKey('ES256', 'client').jkt, 'x5t#S256': x5tOf(certificate) }
    }
    const other = await clientCertificate('client-2')
    const [method, unasked] = [spoilOf('DPOP_HTM'), spoilOf('DPOP_NONCE')]
    expect((await send([both], '1.1', certificate)).status).toBe(200)
    expect((await send([both, unasked], '1.1', certificate)).code).toBe('DPOP_NONCE')
    const answer = await send([both, unasked], '1.1', other)
    expect([answer.status, answer.code]).toEqual([401, 'MTLS_THUMBPRINT'])
    expectChallenges(answer, 'invalid_token')
    expect((await send([both, method], '1.1', other)).code).toBe('DPOP_HTM')
  })

  it('the answer that asks for a nonce, field by field', async () => {
    const answer = await send([spoilOf('DPOP_NONCE')])
    const metadata = `resource_metadata="${ORIGIN}/.well-known/oauth-protected-resource/payments"`
    expect(answer.all('www-authenticate')).toEqual([
      `DPoP realm="${ORIGIN}", error="use_dpop_nonce", error_description="${P.DPOP_NONCE.says}", algs="PS256 ES256 EdDSA Ed25519", ${metadata}`,
      `Bearer realm="${ORIGIN}", ${metadata}`,
    ])
    expect(answer.all('dpop-nonce')).toEqual([expect.stringMatching(/^[\w-]{30}$/)])
    expect(answer.all('cache-control')).toEqual(['no-store'])
    expect(answer.all('content-type')).toEqual(['application/problem+json'])
    expect(JSON.parse(answer.body)).toMatchObject({ status: 401, code: 'DPOP_NONCE' })
  })

  it('a wrong clock is told the nonce, not that its proof is stale', async () => {
    const stale: Spoil = ({ proof: claims }) => {
      claims['iat'] = nowSeconds() - 3600
      delete claims['nonce']
    }
    const late: Spoil = ({ proof: claims }) => Object.assign(claims, { iat: nowSeconds() - 3600 })
    expect((await send([stale])).code).toBe('DPOP_NONCE')
    expect((await send([late])).status).toBe(200)
  })

  async function send(
    faults: readonly Spoil[],
    version: '1.1' | '2' = '1.1',
    certificate?: Awaited<ReturnType<typeof clientCertificate>>,
  ): Promise<Answer> {
    const body = '{"amount":"10.00"}'
    const draft: Draft = {
      method: 'POST',
      path: '/payments',
      fields: [],
      token: {
        scope: 'payments',
        acr: 'high',
        authorization_details: [{ type: 'payment', actions: ['pay'], amount: '10.00' }],
        consent_id: 'good',
      },
      proof: { htm: 'POST', htu: `${ORIGIN}/payments`, nonce },
      thief: false,
      scheme: 'DPoP',
      body,
      digested: body,
      signedMethod: null,
    }
    for (const spoil of faults) spoil(draft)
    const accessToken = token({ claims: draft.token })
    const made = proof(accessToken, {
      claims: { ...draft.proof, htu: `${ORIGIN}${draft.path.split('?')[0]}` },
      ...(draft.thief ? { key: aKey('ES256', 'thief') } : {}),
    })
    const digest = createHash('sha256').update(draft.digested).digest('base64')
    const credentials =
      draft.scheme === null ? [] : ['authorization', `${draft.scheme} ${accessToken}`, 'dpop', made]
    const host =
      version === '2' ? draft.fields.map((each) => (each === 'host' ? ':authority' : each)) : draft.fields
    const fields = [
      ...host,
      ...credentials,
      'content-type',
      'application/json',
      'content-digest',
      `sha-256=:${digest}:`,
      'content-length',
      `${draft.body.length}`,
    ]
    const signed = { method: draft.signedMethod ?? draft.method, path: draft.path }
    return gateway.call({
      method: draft.method,
      path: draft.path,
      fields: draft.scheme === null ? fields : [...fields, ...signatureFor(fields, signed)],
      body: draft.body,
      version,
      ...(certificate === undefined ? {} : { certificate }),
    })
  }
})

const METADATA =
  /, resource_metadata="https:\/\/api\.bank\.example\/\.well-known\/oauth-protected-resource[^"]*"$/

/** Null: none. What is malformed is told in all of them, every other error in the one of the scheme that was used. */
function expectChallenges(answer: Answer, error: string | null): void {
  const challenges = answer.all('www-authenticate')
  if (error === null) return expect(challenges).toEqual([])
  const telling = challenges.filter((each) => each.includes(`error="${error}"`))
  expect(challenges.map((each) => each.split(' ')[0])).toEqual(['DPoP', 'Bearer'])
  expect(telling).toHaveLength(answer.status === 400 ? 2 : 1)
  expect(telling[0]).toMatch(/^DPoP realm="[^"]+", error="[a-z_]+", error_description="[^"]+"/)
  expect(challenges[0]).toContain('algs="PS256 ES256 EdDSA Ed25519"')
  expect(challenges.every((each) => METADATA.test(each))).toBe(true)
}
