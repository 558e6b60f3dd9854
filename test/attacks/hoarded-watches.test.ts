import { join } from 'node:path'
import { expect, it } from 'vitest'
import { BANK } from '../support/gateway.ts'
import { startIntrospectionEndpoint } from '../support/introspection-endpoint.ts'
import { statusesIn } from '../support/wire-client.ts'
import { pkiFolder } from '../support/wire-pki.ts'
import { HOST } from '../support/wire-tokens.ts'
import { startWithUpstream } from '../support/with-upstream.ts'

const IN_FLIGHT = 80
const REQUESTS = 100

/** What only watches lets everybody through, and keeps each request until it knows what to say of it: as many as a client can send. */
it('requests that are still watched while a server is silent are no more than may wait for it', async () => {
  const silent = await startIntrospectionEndpoint()
  silent.say = () => new Promise(() => {})
  const introspection = {
    ...{ client_id: 'gateway', client_auth: 'client_secret_basic', client_secret: 'secret' },
    endpoint: `${silent.origin}/introspect`,
    timeout: '30s',
  }
  const ca = join(await pkiFolder(), 'as-ca.pem')
  const { gateway, stop } = await startWithUpstream({
    overload: { delay: '1m', in_flight: IN_FLIGHT },
    drain_timeout: '300ms',
    issuers: { opaque: { ...BANK, jwks_file: undefined, issuer: silent.origin, ca, introspection } },
    routes: [{ path: '/watched', upstream: 'bank', require: { issuer: 'opaque' }, enforce: 'shadow' }],
  })
  const recorded = () => gateway.lines().filter(({ msg }) => msg === 'request')
  const request = `GET /watched HTTP/1.1\r\nHost: ${HOST}\r\nAuthorization: DPoP ${'x'.repeat(60)}\r\n\r\n`
  const { text } = await gateway.raw(request.repeat(REQUESTS), { answers: REQUESTS })
  expect(statusesIn(text)).toEqual(Array(REQUESTS).fill(200))
  // An eighth, for one address.
  await expect.poll(() => recorded().length).toBe(REQUESTS - IN_FLIGHT / 8)
  const code = 'TOKEN_INTROSPECTION_UNAVAILABLE'
  expect(recorded()[0]).toMatchObject({
    verdict: 'admitted',
    shadow: [{ code, detail: '10 requests wait for what they lack, 10 of 127.0.0.1' }],
    detail: null,
  })
  await stop()
  expect(recorded()).toHaveLength(REQUESTS)
  await silent.close()
})
