import { afterAll, describe, expect, it } from 'vitest'
import { ROUTES } from '../support/gateway.ts'
import { aKey } from '../support/keys.ts'
import { callOn, openHttp2 } from '../support/wire-client.ts'
import { credentials, ORIGIN, proof, token } from '../support/wire-tokens.ts'
import { startWithUpstream } from '../support/with-upstream.ts'

const { gateway, upstream, stop } = await startWithUpstream({
  routes: [...ROUTES, { path: '/payments', upstream: 'bank', require: { issuer: 'bank', scope: 'nothing' } }],
})
afterAll(stop)

describe('a DPoP proof', () => {
  it('reaches the upstream once, of twenty parallel uses over HTTP/1.1 and HTTP/2', async () => {
    const sessions = await Promise.all([openHttp2(gateway.port), openHttp2(gateway.port)])
    for (let round = 0; round < 5; round++) {
      upstream.news()
      const fields = credentials()
      const uses = Array.from({ length: 20 }, (_, use) =>
        use % 2 === 0
          ? gateway.call({ path: '/accounts', fields })
          : callOn(sessions[use % 4 === 1 ? 0 : 1], { path: '/accounts', fields }),
      )
      const answers = await Promise.all(uses)
      const refused = answers.filter(({ status }) => status !== 200)
      expect(refused.map(({ status, code }) => `${status} ${code}`)).toEqual(
        Array(19).fill('401 DPOP_REPLAYED'),
      )
      expect(upstream.news()).toHaveLength(1)
    }
    for (const session of sessions) session.close()
  })

  it('is not spent by a request that is refused for another reason', async () => {
    const accessToken = token()
    const made = proof(accessToken, { claims: { htu: `${ORIGIN}/payments` } })
    const fields = ['authorization', `DPoP ${accessToken}`, 'dpop', made]
    const refused = await gateway.call({ path: '/accounts', fields })
    expect([refused.code, refused.body.includes('differs')]).toEqual(['DPOP_HTU', false])
    // Which part it was is told to the operator alone.
    expect((await gateway.line(({ code }) => code === 'DPOP_HTU'))['detail']).toBe('htu differs in path')
    for (let use = 0; use < 2; use++)
      expect((await gateway.call({ path: '/payments', fields })).code).toBe('SCOPE_INSUFFICIENT')
  })

  it('does not burn the jti for another key', async () => {
    const other = aKey('ES256', 'other client')
    const [mine, theirs] = [token(), token({ claims: { cnf: { jkt: other.jkt } } })]
    const claims = { jti: 'the same' }
    const proofs: [string, string][] = [
      [mine, proof(mine, { claims })],
      [theirs, proof(theirs, { claims, key: other })],
    ]
    for (const [accessToken, made] of proofs) {
      const fields = ['authorization', `DPoP ${accessToken}`, 'dpop', made]
      expect((await gateway.call({ path: '/accounts', fields })).status).toBe(200)
      expect((await gateway.call({ path: '/accounts', fields })).code).toBe('DPOP_REPLAYED')
    }
  })

  it('is spent under its jti, whatever else is written anew', async () => {
    const accessToken = token()
    const claims = { jti: 'once more' }
    const send = (made: string) =>
      gateway.call({ path: '/accounts', fields: ['authorization', `DPoP ${accessToken}`, 'dpop', made] })
    expect((await send(proof(accessToken, { claims }))).status).toBe(200)
    expect((await send(proof(accessToken, { claims: { ...claims, more: 1 } }))).code).toBe('DPOP_REPLAYED')
  })
})
