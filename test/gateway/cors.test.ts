import type { Server } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { credentials, ORIGIN, proof, token } from '../support/wire-tokens.ts'
import { listening } from '../support/wire-upstream.ts'

const APP = 'https://app.example'
const servers: Server[] = []
let gateway: TestGateway

beforeAll(async () => {
  const laxUpstream = await listening((socket) => {
    socket.once('data', () =>
      socket.end(
        'HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nAccess-Control-Allow-Credentials: true\r\nVary: Accept\r\nContent-Length: 2\r\n\r\nok',
      ),
    )
  }, servers)
  const protectedBy = (dpop: object) => ({ issuer: 'bank', scope: 'accounts', dpop })
  gateway = await startGateway({
    upstreams: { bank: { url: `http://127.0.0.1:${laxUpstream}` } },
    routes: [
      {
        path: '/accounts/**',
        methods: ['GET', 'POST'],
        upstream: 'bank',
        cors: {
          origins: [APP, 'https://other.example:8443'],
          allow_headers: 'X-Own',
          expose_headers: ['X-Told'],
        },
        require: protectedBy({ nonce: 'required' }),
      },
      { path: '/closed', upstream: 'bank', require: protectedBy({}) },
      { path: '/open', upstream: 'bank', danger_public: true, cors: { origins: '*' } },
      { path: '/plain', upstream: 'bank', danger_public: true },
    ],
  })
})
afterAll(async () => {
  await gateway.stop()
  for (const server of servers) server.close()
})

const preflight = (path: string, origin = APP, method = 'POST') =>
  gateway.call({
    method: 'OPTIONS',
    path,
    fields: [
      'origin',
      origin,
      'access-control-request-method',
      method,
      'access-control-request-headers',
      'authorization,dpop',
    ],
  })
const list = (value: string | undefined) => (value ?? '').split(', ')

it('a preflight is answered without credentials, with what DPoP clients send and read (RFC 9449 §8)', async () => {
  const answer = await preflight('/accounts/1')
  expect(answer.status).toBe(204)
  expect(answer.all('access-control-allow-origin')).toEqual([APP])
  expect(answer.all('access-control-allow-methods')).toEqual(['POST'])
  expect(list(answer.all('access-control-allow-headers')[0])).toEqual(
    expect.arrayContaining(['Authorization', 'DPoP', 'Signature-Input', 'Content-Digest', 'X-Own']),
  )
  expect(list(answer.all('access-control-expose-headers')[0])).toEqual(
    expect.arrayContaining(['WWW-Authenticate', 'DPoP-Nonce', 'Signature', 'X-Told']),
  )
  expect(answer.all('access-control-max-age')).toEqual(['600'])
  expect(answer.all('access-control-allow-credentials')).toEqual([])
  expect(answer.all('vary')).toEqual(['Origin'])
})

it('a preflight of another origin is refused, and one of a method or a route that takes no scripts is no preflight', async () => {
  const other = await preflight('/accounts/1', 'https://evil.example')
  expect([other.status, other.code]).toEqual([403, 'CORS_ORIGIN'])
  expect(other.all('access-control-allow-origin')).toEqual([])
  expect((await preflight('/accounts/1', APP, 'DELETE')).code).toBe('METHOD_UNKNOWN')
  expect((await preflight('/closed')).code).toBe('TOKEN_ABSENT')
})

it('a script can read that a nonce is wanted, take it, and read the answer; the word of the upstream does not leave', async () => {
  const accessToken = token()
  const ask = (claims: object) =>
    gateway.call({
      path: '/accounts',
      fields: [
        'origin',
        APP,
        'authorization',
        `DPoP ${accessToken}`,
        'dpop',
        proof(accessToken, { claims: { htu: `${ORIGIN}/accounts`, ...claims } }),
      ],
    })
  const refused = await ask({})
  expect([refused.code, refused.all('access-control-allow-origin')]).toEqual(['DPOP_NONCE', [APP]])
  expect(list(refused.all('access-control-expose-headers')[0])).toContain('DPoP-Nonce')
  const passed = await ask({ nonce: refused.all('dpop-nonce')[0] })
  expect(passed.status).toBe(200)
  expect(passed.all('access-control-allow-origin')).toEqual([APP])
  expect(passed.all('access-control-allow-credentials')).toEqual([])
  expect(passed.all('vary')).toEqual(['Accept', 'Origin'])
})

it('a protected route without rules says nothing to scripts, whatever the upstream says; public ones are as they say', async () => {
  const closed = await gateway.call({ path: '/closed', fields: ['origin', APP, ...credentials('/closed')] })
  expect([closed.status, closed.all('access-control-allow-origin')]).toEqual([200, []])
  for (const path of ['/open', '/plain']) {
    const answer = await gateway.call({ path, fields: ['origin', APP] })
    expect(answer.all('access-control-allow-origin')).toEqual(['*'])
    expect(answer.all('access-control-allow-credentials')).toEqual(path === '/plain' ? ['true'] : [])
  }
})
