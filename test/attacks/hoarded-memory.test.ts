import { createHash } from 'node:crypto'
import { afterAll, describe, expect, it } from 'vitest'
import { BANK } from '../support/gateway.ts'
import { levelIn } from '../support/level.ts'
import { openHttp2 } from '../support/wire-client.ts'
import { credentials, HOST, token } from '../support/wire-tokens.ts'
import { startWithUpstream } from '../support/with-upstream.ts'

const MIB = 1024 * 1024
const BODY = 'a payment'
const DIGEST = ['content-digest', `sha-256=:${createHash('sha256').update(BODY).digest('base64')}:`]

const { gateway, stop } = await startWithUpstream({
  threads: 2,
  held_bodies: { memory: '16MiB' },
  overload: { delay: '1m', in_flight: 160 },
  routes: [{ path: '/payments', upstream: 'bank', require: { issuer: 'bank', content_digest: 'required' } }],
})
afterAll(stop)

/** Each request is proved and admitted, and announces a body that is to be held. None of them sends an octet of it. */
describe('a client that hoards the memory for held bodies', () => {
  function fieldsFor(client: string) {
    const accessToken = token({ claims: { client_id: client } })
    return [...credentials('/payments', { method: 'POST', accessToken }), ...DIGEST]
  }

  async function hoard(client: string, octets = MIB) {
    const session = await openHttp2(gateway.port)
    const head = [':method', 'POST', ':path', '/payments', ':scheme', 'https', ':authority', HOST]
    for (let each = 0; each < 20; each++) {
      const announced = ['content-length', String(octets)]
      const stream = session.request([...head, ...fieldsFor(client), ...announced] as never, {
        endStream: false,
      })
      stream.on('error', () => {})
      stream.resume()
    }
    return session
  }

  async function taken(): Promise<number> {
    return levelIn(await gateway.metrics(), 'holdfast_held_body_bytes') / MIB
  }

  it('leaves as much of it as it has, and so does the next', async () => {
    const greedy = await hoard('greedy')
    await expect.poll(taken).toBe(8)
    const second = await hoard('second')
    await expect.poll(taken).toBe(12)
    const honest = await gateway.call({
      method: 'POST',
      path: '/payments',
      body: BODY,
      fields: fieldsFor('honest'),
    })
    expect(honest.code ?? honest.status).toBe(200)
    greedy.destroy()
    second.destroy()
    await expect.poll(taken).toBe(0)
  })

  it('leaves as many places for requests under way, however short the bodies are that it announces', async () => {
    const sessions = await Promise.all(Array.from({ length: 24 }, () => hoard('greedy', 1)))
    const full = `20 requests wait for their body, 20 of ${BANK.issuer} greedy`
    await gateway.line(({ detail }) => detail === full)
    const fields = fieldsFor('honest')
    const honest = () => gateway.call({ method: 'POST', path: '/payments', body: BODY, fields })
    expect((await honest()).status).toBe(200)
    expect(gateway.lines().filter(({ code }) => code === 'OVERLOADED')).toEqual([])
    for (const session of sessions) session.destroy()
  })
})
