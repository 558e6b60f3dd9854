import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { startIntrospectionEndpoint } from '../support/introspection-endpoint.ts'
import { aKey } from '../support/keys.ts'
import { openTls } from '../support/wire-client.ts'
import { frame, literals, PREFACE } from '../support/wire-h2.ts'
import { pkiFolder } from '../support/wire-pki.ts'
import { HOST, nowSeconds, ORIGIN, proof } from '../support/wire-tokens.ts'
import { startWithUpstream } from '../support/with-upstream.ts'

const honest = `a-token-that-was-issued-${randomUUID()}`
const server = await startIntrospectionEndpoint()
afterAll(() => server.close())
server.say = async ({ form }) => {
  await wait(100)
  if (form.get('token') !== honest) return { body: { active: false } }
  const cnf = { jkt: aKey('ES256', 'client').jkt }
  return {
    body: { active: true, iss: server.origin, aud: ORIGIN, sub: 'a', exp: nowSeconds() + 60, cnf },
  }
}
const { gateway, stop } = await startWithUpstream({
  threads: 2,
  issuers: {
    opaque: {
      issuer: server.origin,
      audience: ORIGIN,
      ca: join(await pkiFolder(), 'as-ca.pem'),
      introspection: {
        endpoint: `${server.origin}/introspect`,
        client_id: 'gateway',
        client_auth: 'client_secret_basic',
        client_secret: 'a-secret-of-the-gateway-of-this-test',
        response: 'json',
        max_connections: 8,
      },
    },
  },
  routes: [{ path: '/accounts', upstream: 'bank', require: { issuer: 'opaque' } }],
})
afterAll(stop)

/** Anybody can make up tokens, and each is a question to the authorization server. */
describe('whoever has it asked about tokens that are made up', () => {
  it('does not keep those of other addresses from being asked about', async () => {
    const sockets = await Promise.all(
      [0, 1].map(() => openTls(gateway.port, { ALPNProtocols: ['h2'], localAddress: '127.0.0.2' })),
    )
    for (const socket of sockets) {
      socket.resume()
      const heads = Array.from({ length: 99 }, (_, at) => frame(0x1, 0x5, 2 * at + 1, literals(madeUp())))
      socket.write(Buffer.concat([PREFACE, frame(0x4, 0, 0), ...heads]))
    }
    const refused = ({ code }: { readonly [name: string]: unknown }) =>
      code === 'TOKEN_INTROSPECTION_UNAVAILABLE'
    await gateway.line(refused)
    const dpop = proof(honest, { claims: { htu: `${ORIGIN}/accounts` } })
    const fields = ['authorization', `DPoP ${honest}`, 'dpop', dpop]
    const { status, code } = await gateway.call({ path: '/accounts', fields })
    expect(code ?? status).toBe(200)
    for (const socket of sockets) socket.destroy()
  })
})

function madeUp(): string[] {
  const head = [':method', 'GET', ':path', '/accounts', ':scheme', 'https', ':authority', HOST]
  return [...head, 'authorization', `DPoP made-up-${randomUUID()}`]
}
