import * as client from 'openid-client'
import { afterAll, expect, it } from 'vitest'
import { NonceMint } from '../../src/verify/dpop/nonce.ts'
import { call } from '../support/wire-client.ts'
import { openInProcess } from '../support/wire-in-process.ts'
import { nowSeconds, ORIGIN, proof, token } from '../support/wire-tokens.ts'
import { startWithUpstream } from '../support/with-upstream.ts'

const SECRET = 'what-the-replicas-of-this-test-have-in-common'
/** Before the gateway started, Unix seconds. */
const earlier = nowSeconds() - 1
const require = (nonce: string) => ({ issuer: 'bank', sender: 'dpop', dpop: { nonce, nonce_age: '60s' } })
const { gateway, upstream, stop } = await startWithUpstream({
  dpop_nonce: { secret: SECRET },
  routes: [
    { path: '/required', upstream: 'bank', require: require('required') },
    { path: '/optional', upstream: 'bank', require: require('optional') },
  ],
})
afterAll(stop)

const accessToken = token()
const proven = (path: string, claims: object) => [
  'authorization',
  `DPoP ${accessToken}`,
  'dpop',
  proof(accessToken, { claims: { htu: ORIGIN + path, ...claims } }),
]
const send = (path: string, claims: object) => gateway.call({ path, fields: proven(path, claims) })

it('a proof without a nonce is answered with one, in one field, not to be cached; with it the retry succeeds', async () => {
  const before = upstream.seen.length
  const refused = await send('/required', {})
  expect([refused.status, refused.code]).toEqual([401, 'DPOP_NONCE'])
  expect(refused.all('www-authenticate')).toHaveLength(1)
  expect(refused.all('www-authenticate')[0]).toContain('error="use_dpop_nonce"')
  expect(refused.all('cache-control')).toEqual(['no-store'])
  expect(refused.all('dpop-nonce')).toHaveLength(1)
  expect(upstream.seen.length).toBe(before)

  const admitted = await send('/required', { nonce: refused.all('dpop-nonce')[0], iat: nowSeconds() - 7200 })
  expect(admitted.status).toBe(200)
  expect(admitted.all('dpop-nonce')).toEqual([])
})

it('a used proof stays used, by whatever it was judged', async () => {
  const nonce = (await send('/required', {})).all('dpop-nonce')[0]
  expect((await send('/required', { nonce, jti: 'twice' })).status).toBe(200)
  expect((await send('/required', { nonce, jti: 'twice' })).code).toBe('DPOP_REPLAYED')
})

it('a nonce of another replica is good; one of before the start, of another secret, or too old is not', async () => {
  const now = nowSeconds()
  const replica = new NonceMint([SECRET])
  expect((await send('/required', { nonce: replica.issue(now + 1) })).status).toBe(200)
  for (const nonce of [
    replica.issue(now - 3600),
    replica.issue(earlier),
    new NonceMint(['quite another secret of at least 32 characters']).issue(now),
  ]) {
    expect((await send('/required', { nonce })).code).toBe('DPOP_NONCE')
  }
})

it('where nonces are optional a proof is judged by the nonce it has, else by its time; a wrong clock is asked for one', async () => {
  expect((await send('/optional', {})).status).toBe(200)
  expect((await send('/optional', { iat: nowSeconds() - 7200 })).code).toBe('DPOP_NONCE')
  const stale = await send('/optional', { nonce: 'stale' })
  expect(stale.code).toBe('DPOP_NONCE')
  const nonce = stale.all('dpop-nonce')[0]
  expect((await send('/optional', { nonce, iat: nowSeconds() - 7200 })).status).toBe(200)
})

it('a nonce is good for no proof that has ended or begins later by what it says itself (RFC 7519 §4.1.4, §4.1.5)', async () => {
  for (const path of ['/required', '/optional']) {
    const nonce = (await send(path, { nonce: 'stale' })).all('dpop-nonce')[0]
    const now = nowSeconds()
    expect((await send(path, { nonce, exp: now })).code).toBe('DPOP_IAT')
    expect((await send(path, { nonce, nbf: now + 60 })).code).toBe('DPOP_IAT')
    expect((await send(path, { nonce, exp: now + 60, nbf: now })).status).toBe(200)
  }
})

it('a fresh one comes with the answer when less than a third of its life is left, and the answer is not cached', async () => {
  let passed = 0
  const now = () => nowSeconds() + passed
  const listener = await openInProcess(
    {
      upstreams: { bank: { url: `http://127.0.0.1:${upstream.port}` } },
      routes: [
        {
          path: '/brief',
          upstream: 'bank',
          require: { issuer: 'bank', dpop: { nonce: 'required', nonce_age: '60s' } },
        },
      ],
    },
    { now },
  )
  const ask = (claims: object) =>
    call({ port: listener.port, path: '/brief', fields: proven('/brief', claims) })
  const nonce = (await ask({})).all('dpop-nonce')[0]
  passed = 30
  expect((await ask({ nonce })).all('dpop-nonce')).toEqual([])
  passed = 42
  const late = await ask({ nonce })
  expect([late.status, late.all('dpop-nonce').length, late.all('cache-control')]).toEqual([
    200,
    1,
    ['no-store'],
  ])
  passed = 70
  expect((await ask({ nonce })).code).toBe('DPOP_NONCE')
  expect((await ask({ nonce: late.all('dpop-nonce')[0] })).status).toBe(200)
  await listener.stop()
})

/** A nonce is as old as what the ledger forgot, and would be sent until its life is over. */
it('a fresh one comes where the ledger knows nothing of the time of the one that was used', async () => {
  const require = { issuer: 'bank', dpop: { nonce: 'optional' } }
  const listener = await openInProcess(
    {
      dpop_nonce: { secret: SECRET },
      upstreams: { bank: { url: `http://127.0.0.1:${upstream.port}` } },
      routes: [{ path: '/optional', upstream: 'bank', require }],
    },
    { ledger: { spend: () => 'unready' } },
  )
  const ask = async (claims: object) => {
    const answer = await call({ port: listener.port, path: '/optional', fields: proven('/optional', claims) })
    return [answer.code, answer.all('dpop-nonce').length]
  }
  expect(await ask({})).toEqual(['LEDGER_UNREADY', 0])
  const stale = await call({
    port: listener.port,
    path: '/optional',
    fields: proven('/optional', { nonce: 'stale' }),
  })
  const nonce = stale.all('dpop-nonce')[0]
  expect(await ask({ nonce })).toEqual(['LEDGER_UNREADY', 1])
  await listener.stop()
})

it('openid-client gets through on its one retry', async () => {
  let requests = 0
  const config = new client.Configuration({ issuer: 'https://as.bank.example' }, 'tpp')
  config[client.customFetch] = async (url, { method, headers }) => {
    requests++
    const fields = Object.entries(headers as Record<string, string>).flat()
    const answer = await gateway.call({ method, path: new URL(url).pathname, fields })
    const pairs = answer.fields.flatMap((name, at) => (at % 2 === 0 ? [[name, answer.fields[at + 1]]] : []))
    return new Response(answer.body, { status: answer.status, headers: pairs as [string, string][] })
  }
  const keys = await client.randomDPoPKeyPair('ES256', { extractable: true })
  const handle = client.getDPoPHandle(config, keys)
  const bound = token({ claims: { cnf: { jkt: await handle.calculateThumbprint() } } })
  const url = new URL(`${ORIGIN}/required`)
  const ask = () =>
    client.fetchProtectedResource(config, bound, url, 'GET', undefined, undefined, { DPoP: handle })
  expect((await ask()).status).toBe(200)
  expect(requests).toBe(2)
  expect((await ask()).status).toBe(200)
  expect(requests).toBe(3)
})
