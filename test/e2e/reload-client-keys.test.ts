import { expect, it, onTestFinished, vi } from 'vitest'
import { json, testIssuer } from '../support/wire-issuer.ts'
import { clientJwks, signedFields } from '../support/wire-signature.ts'
import { startReloading } from './reload-world.ts'

vi.setConfig({ testTimeout: 120_000 })

it.each(['clients', 'client_keys'])(
  'keys that are fetched, as %s says, serve all threads, and through a reload beside which their server is away',
  async (kind) => {
    const server = await testIssuer()
    server.odd = ({ url }, response) => {
      if (url === '/keys/tpp-1') json(response, clientJwks())
      return url === '/keys/tpp-1'
    }
    await server.up()
    onTestFinished(server.down)
    const at = (id: string) => ({ jwks_uri: `${server.issuer}/keys/${id}`, ca: server.ca })
    const clients = (...ids: string[]) => ids.map((id) => ({ client_id: id, ...at(id) }))
    const changes = (...ids: string[]) => ({
      routes: [{ path: '/signed', upstream: 'bank', require: { issuer: 'bank', signature: 'requests' } }],
      signature_profiles: { requests: { response: 'off' } },
      ...(kind === 'clients'
        ? { clients: clients('tpp-1', ...ids) }
        : { client_keys: at('{client_id}'), clients: clients(...ids) }),
    })
    const { gateway, turnTo } = await startReloading(changes())
    // A connection each, so of both threads.
    const answers = async () => {
      const calls = Array.from({ length: 20 }, () =>
        gateway.call({ path: '/signed', fields: signedFields() }),
      )
      return new Set((await Promise.all(calls)).map(({ status, code }) => code ?? status))
    }
    expect(await answers()).toEqual(new Set([200]))
    expect(server.asked).toEqual(['/keys/tpp-1'])
    await server.down()
    await turnTo(changes('tpp-2'))
    expect(await answers()).toEqual(new Set([200]))
  },
)
