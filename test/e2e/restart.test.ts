import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { nowSeconds, ORIGIN, proof, token } from '../support/wire-tokens.ts'
import { type RecordingUpstream, startUpstream } from '../support/wire-upstream.ts'

const SKEW = 3
const accessToken = token()
let upstream: RecordingUpstream

beforeAll(async () => {
  upstream = await startUpstream()
})
afterAll(() => upstream.close())

/** Every start is a new process with the same configuration and the same nonce secret. */
function start(replay: object = { rate: 1 }): Promise<TestGateway> {
  return startGateway({
    dpop_nonce: { secret: 'a-secret-that-outlives-each-process-of-this-test' },
    replay,
    upstreams: { bank: { url: `http://127.0.0.1:${upstream.port}` } },
    routes: ['off', 'optional', 'required'].map((nonce) => ({
      path: `/${nonce}`,
      upstream: 'bank',
      require: { issuer: 'bank', dpop: { nonce, max_age: '5m', clock_skew: `${SKEW}s` } },
    })),
  })
}

function made(path: string, claims: object = {}): string {
  return proof(accessToken, { claims: { htu: ORIGIN + path, ...claims } })
}

function send(gateway: TestGateway, path: string, dpop: string) {
  return gateway.call({ path, fields: ['authorization', `DPoP ${accessToken}`, 'dpop', dpop] })
}

it('a proof that was spent before a restart is never accepted after it, by iat or by nonce', async () => {
  // Both starts within one second, where the machine is quick enough.
  await wait(1000 - (Date.now() % 1000))
  const before = await start({ rate: 1, danger_trust_before_start: true })
  const nonce = (await send(before, '/required', made('/required'))).all('dpop-nonce')[0]
  const spent = [
    ['/off', made('/off')],
    ['/off', made('/off', { iat: nowSeconds() + SKEW })],
    ['/optional', made('/optional', { nonce })],
    ['/optional', made('/optional', { iat: nowSeconds() + SKEW })],
    ['/required', made('/required', { nonce })],
  ] as const
  for (const [path, dpop] of spent) expect((await send(before, path, dpop)).status).toBe(200)
  await before.stop()

  const after = await start()
  const arrived = upstream.seen.length
  for (const until = Date.now() + (2 * SKEW + 2) * 1000; Date.now() < until; await wait(500)) {
    for (const [path, dpop] of spent) expect((await send(after, path, dpop)).code).toBe('DPOP_NONCE')
  }
  expect(upstream.seen.length).toBe(arrived)
  await after.stop()
})

it('an honest client is served at once, on one retry, and a little later without one', async () => {
  // Its proofs may have been spent before the start, however long that takes.
  const iat = nowSeconds()
  const gateway = await start()
  const asked = await send(gateway, '/off', made('/off', { iat }))
  expect([asked.status, asked.code]).toEqual([401, 'DPOP_NONCE'])
  const nonce = asked.all('dpop-nonce')[0]
  const retried = made('/off', { iat, nonce })
  expect((await send(gateway, '/off', retried)).status).toBe(200)
  // What was judged by its nonce is remembered by it, also once nonces are no longer asked for.
  await wait((SKEW + 2) * 1000)
  expect((await send(gateway, '/off', retried)).code).toBe('DPOP_REPLAYED')
  expect((await send(gateway, '/off', made('/off', { nonce }))).status).toBe(200)
  expect((await send(gateway, '/off', made('/off'))).status).toBe(200)
  await gateway.stop()
})
