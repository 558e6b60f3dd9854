import { join } from 'node:path'
import { afterAll, beforeEach, expect, it } from 'vitest'
import { BANK, type TestGateway } from '../support/gateway.ts'
import { startIntrospectionEndpoint } from '../support/introspection-endpoint.ts'
import { openHttp2, openTls, pseudoFields } from '../support/wire-client.ts'
import { pkiFolder } from '../support/wire-pki.ts'
import { HOST } from '../support/wire-tokens.ts'
import { startWithUpstream } from '../support/with-upstream.ts'

const silent = await startIntrospectionEndpoint()
silent.say = () => new Promise(() => {})
afterAll(() => silent.close())
const ca = join(await pkiFolder(), 'as-ca.pem')

let gateway: TestGateway
let stop: () => Promise<void>

beforeEach(async () => {
  silent.asked.splice(0)
  const introspection = {
    ...{ client_id: 'gateway', client_auth: 'client_secret_basic', client_secret: 'secret' },
    endpoint: `${silent.origin}/introspect`,
    timeout: '20s',
  }
  const require = { issuer: 'opaque' }
  const started = await startWithUpstream({
    drain_timeout: '300ms',
    issuers: { opaque: { ...BANK, jwks_file: undefined, issuer: silent.origin, ca, introspection } },
    routes: [
      { path: '/enforced', upstream: 'bank', require },
      { path: '/watched', upstream: 'bank', require, enforce: 'shadow' },
    ],
  })
  gateway = started.gateway
  stop = started.stop
})

/** An opaque token that nobody will say anything of. */
const authorization = (of: string) => ['authorization', `DPoP ${of.repeat(60)}`]
const recorded = () => gateway.lines().filter(({ msg }) => msg === 'request')

it('a request that waits for what its decision lacks when a gateway ends is recorded', async () => {
  const socket = await openTls(gateway.port)
  socket.write(`GET /enforced HTTP/1.1\r\nHost: ${HOST}\r\n${authorization('x').join(': ')}\r\n\r\n`)
  const session = await openHttp2(gateway.port)
  const head = [...pseudoFields('GET', '/enforced'), ...authorization('y')]
  session.request(head as never).on('error', () => {})
  await expect.poll(() => silent.asked.length).toBe(2)
  await stop()
  const cut = { verdict: 'gone', status: 499, detail: 'cut at drain_timeout' }
  expect(recorded()).toMatchObject([cut, cut])
})

it('a request of which a rule that only watches has still to be told when a gateway ends is recorded', async () => {
  const answer = await gateway.call({ path: '/watched', fields: authorization('z') })
  expect(answer.status).toBe(200)
  await expect.poll(() => silent.asked.length).toBe(1)
  await stop()
  expect(recorded()).toMatchObject([
    { verdict: 'admitted', status: 200, shadow: [{ code: 'TOKEN_INTROSPECTION_UNAVAILABLE' }] },
  ])
})
