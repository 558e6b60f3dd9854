import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import type { TestGateway } from '../support/gateway.ts'
import { nowSeconds, ORIGIN, proof, token } from '../support/wire-tokens.ts'
import { startReloading } from './reload-world.ts'

vi.setConfig({ testTimeout: 180_000 })

/** `/one` as is said, and another that gives nonces in any case. */
const routes = (nonce: string) => [
  { path: '/one', upstream: 'bank', require: { issuer: 'bank', dpop: { nonce } } },
  { path: '/other', upstream: 'bank', require: { issuer: 'bank', dpop: { nonce: 'required' } } },
]

/** Sends one token with proofs that claim this. */
function sender(gateway: TestGateway) {
  const accessToken = token()
  return (path: string, claims: object = {}) => {
    const dpop = proof(accessToken, { claims: { htu: ORIGIN + path, ...claims } })
    return gateway.call({ path, fields: ['authorization', `DPoP ${accessToken}`, 'dpop', dpop] })
  }
}

describe('a reload', () => {
  it('that changes how proofs are dated lets none pass that was spent before', async () => {
    const { gateway, turnTo } = await startReloading({ routes: routes('off') })
    const send = sender(gateway)
    const nonce = (await send('/other')).all('dpop-nonce')[0]
    const jti = 'spent by its time'
    const spent = { jti, iat: nowSeconds(), nonce }
    expect((await send('/one', spent)).status).toBe(200)
    await turnTo({ routes: routes('required') })
    const again = await send('/one', spent)
    expect(again.code).toBe('DPOP_NONCE')
    const fresh = again.all('dpop-nonce')[0]
    expect((await send('/one', { nonce: fresh })).status).toBe(200)
    await wait(100)
    expect((await send('/one', spent)).code).toBe('DPOP_NONCE')
  })

  it('dates proofs anew also in a thread that begins after it', async () => {
    const fault = join(tmpdir(), `holdfast-reload-fault-${process.pid}`)
    const changes = (nonce: string) => ({ threads: 1, routes: routes(nonce) })
    const { gateway, turnTo } = await startReloading(changes('required'), { HOLDFAST_TEST_FAULT: fault })
    const send = sender(gateway)
    const nonce = (await send('/one')).all('dpop-nonce')[0]
    const spent = { jti: 'spent by its nonce', iat: nowSeconds() + 5, nonce }
    expect((await send('/one', spent)).status).toBe(200)
    await turnTo(changes('off'))
    expect((await send('/one', spent)).code).toBe('DPOP_NONCE')
    await writeFile(fault, 'break')
    await gateway.line(({ msg }) => msg === 'thread replaced')
    // By its `iat` it might be looked for where it was not written down.
    expect((await send('/one', spent)).code).toBe('DPOP_NONCE')
  })
})
