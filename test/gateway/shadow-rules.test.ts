import { hash, randomUUID } from 'node:crypto'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { aKey } from '../support/keys.ts'
import { levelIn } from '../support/level.ts'
import { openHttp2, openTls, pseudoFields } from '../support/wire-client.ts'
import { frame, literals, opening } from '../support/wire-h2.ts'
import { signedFields } from '../support/wire-signature.ts'
import { credentials, ORIGIN, proof, token } from '../support/wire-tokens.ts'
import { refusedBy, startShadowGateway } from './shadow-world.ts'

const LITTLE = token({ claims: { scope: 'accounts' } })
const { gateway, upstream, endpoint, last, stop } = await startShadowGateway()

afterAll(stop)
beforeEach(() => void upstream.news())

describe('a rule that only watches', () => {
  it('of a policy, blocks nobody, and writes down each that it would have refused', async () => {
    const fields = credentials('/policy', { accessToken: LITTLE })
    const answer = await gateway.call({ path: '/policy', fields })
    // No nonce was asked for.
    expect([answer.status, answer.all('dpop-nonce')]).toEqual([200, []])
    expect((await last('/policy'))['shadow']).toEqual([
      { rule: 'policies.next', code: 'SCOPE_INSUFFICIENT', detail: 'missing payments' },
    ])
  })

  it('of a route, each for itself; one that would let it pass says nothing', async () => {
    const accessToken = token({ claims: { scope: 'accounts payments' } })
    const fields = credentials('/rules', { accessToken, method: 'POST' })
    expect((await gateway.call({ path: '/rules', method: 'POST', fields, body: 'x=1' })).status).toBe(200)
    expect(refusedBy(await last('/rules'))).toEqual(['sender TOKEN_SENDER', 'content_digest DIGEST_ABSENT'])
  })

  it('looks at bodies as they flow, neither waiting nor refusing', async () => {
    const accessToken = token({ claims: { scope: 'accounts payments' } })
    const send = async (body: string, digestOf: string) => {
      const digest = `sha-256=:${hash('sha256', digestOf, 'base64')}:`
      const fields = [...credentials('/rules', { accessToken, method: 'POST' }), 'content-digest', digest]
      expect((await gateway.call({ path: '/rules', method: 'POST', fields, body })).status).toBe(200)
      return refusedBy(await last('/rules'))
    }
    expect(await send('as signed', 'as signed')).toEqual(['sender TOKEN_SENDER'])
    expect(await send('altered', 'as signed')).toEqual([
      'sender TOKEN_SENDER',
      'content_digest DIGEST_MISMATCH',
    ])
  })

  it.each([
    ['/paid', '{"amount":"1"}', []],
    ['/paid', '{"amount":"2"}', ['authorization_details AUTHORIZATION_DETAILS_BODY']],
    ['/exact', 'x'.repeat(1024), []],
  ])(
    'judges a body that is held for what is enforced, and one as long as may be held: %s %s',
    async (path, body, expected) => {
      const accessToken = token({ claims: { authorization_details: [{ type: 'payment', amount: '1' }] } })
      const fields = [
        ...credentials(path, { accessToken, method: 'POST' }),
        ...[
          'content-type',
          'application/json',
          'content-digest',
          `sha-256=:${hash('sha256', body, 'base64')}:`,
        ],
      ]
      expect((await gateway.call({ path, method: 'POST', fields, body })).status).toBe(200)
      expect(refusedBy(await last(path))).toEqual(expected)
    },
  )

  it('says nothing of a body whose stream was reset without an error before it was whole', async () => {
    const digest = `sha-256=:${hash('sha256', 'amount=100', 'base64')}:`
    const accessToken = token({ claims: { scope: 'accounts payments' } })
    const head = literals([
      ...pseudoFields('POST', '/rules'),
      ...[...credentials('/rules', { accessToken, method: 'POST' }), 'content-digest', digest],
    ])
    const socket = await openTls(gateway.port, { ALPNProtocols: ['h2'] })
    socket.resume()
    socket.write(opening(frame(1, 4, 1, head), frame(0, 0, 1, Buffer.from('amount=1'))))
    await expect.poll(() => upstream.seen.at(-1)?.body.toString()).toBe('amount=1')
    socket.write(frame(3, 0, 1, Buffer.alloc(4)))
    const line = await last('/rules')
    expect([line['verdict'], refusedBy(line)]).toEqual(['gone', ['sender TOKEN_SENDER']])
    socket.destroy()
  })

  it('takes no more than half of the memory for bodies, so that what is enforced has room', async () => {
    const session = await openHttp2(gateway.port)
    const { memory, body } = { memory: 2 * 2 ** 20, body: 'x'.repeat(900_000) }
    const watched = Array.from({ length: 3 }, () => {
      const fields = credentials('/watched', { method: 'POST' })
      const head = pseudoFields('POST', '/watched')
      const stream = session.request([...head, ...fields] as never)
      stream.on('error', () => {})
      stream.write('x'.repeat(700_000))
      return stream
    })
    const taken = async () => levelIn(await gateway.metrics(), 'holdfast_held_body_bytes')
    await expect.poll(() => upstream.seen.filter(({ target }) => target === '/watched').length).toBe(3)
    await expect.poll(taken).toBeGreaterThan(0)
    expect(await taken()).toBeLessThanOrEqual(memory / 2)
    const digest = `sha-256=:${hash('sha256', body, 'base64')}:`
    const fields = [...credentials('/held', { method: 'POST' }), 'content-digest', digest]
    expect((await gateway.call({ path: '/held', method: 'POST', fields, body })).status).toBe(200)
    for (const stream of watched) stream.destroy()
    session.destroy()
    await expect.poll(taken).toBe(0)
  })

  it('refuses nothing that the rest of the route would let pass, and lets nothing pass that it refuses', async () => {
    const accessToken = token({ claims: { scope: 'payments' } })
    const refused = await gateway.call({ path: '/rules', fields: credentials('/rules', { accessToken }) })
    expect(refused.code).toBe('SCOPE_INSUFFICIENT')
    const fields = credentials('/rules')
    expect((await gateway.call({ path: '/rules', fields })).status).toBe(200)
    expect((await gateway.call({ path: '/rules', fields })).code).toBe('DPOP_REPLAYED')
    expect(upstream.news()).toHaveLength(1)
  })

  it('about nonces gives one ahead, so that clients have it when it is enforced', async () => {
    const accessToken = token()
    const ask = (nonce?: string) => {
      const claims = { htu: `${ORIGIN}/nonces`, nonce }
      const fields = ['authorization', `DPoP ${accessToken}`, 'dpop', proof(accessToken, { claims })]
      return gateway.call({ path: '/nonces', fields })
    }
    const answer = await ask()
    expect([answer.status, answer.all('dpop-nonce').length]).toEqual([200, 1])
    expect(refusedBy(await last('/nonces'))).toEqual(['dpop DPOP_NONCE'])
    expect((await ask(answer.all('dpop-nonce')[0])).status).toBe(200)
    expect(refusedBy(await last('/nonces'))).toEqual([])
  })

  it('beside another that asks for the same signature spends it once with it', async () => {
    const fields = signedFields({ path: '/twice', parameters: { nonce: randomUUID() } })
    expect((await gateway.call({ path: '/twice', fields })).status).toBe(200)
    expect(refusedBy(await last('/twice'))).toEqual([])
  })

  it('of a policy, tells of tokens from an issuer that the policy does not name', async () => {
    const fields = credentials('/elsewhere')
    expect((await gateway.call({ path: '/elsewhere', fields })).status).toBe(200)
    expect(refusedBy(await last('/elsewhere'))).toEqual(['policies.elsewhere TOKEN_ISSUER'])
  })

  it('knows what was said of a token, but of another issuer it is asked anew', async () => {
    const cnf = { jkt: aKey('ES256', 'client').jkt }
    endpoint.say = ({ form }) => ({ body: { active: form.get('client_id') === 'gateway', cnf } })
    const fields = credentials('/asked', { accessToken: 'an-opaque-token-that-is-long-enough' })
    expect((await gateway.call({ path: '/asked', fields })).status).toBe(200)
    expect(refusedBy(await last('/asked'))).toEqual([
      'scope SCOPE_INSUFFICIENT',
      'policies.sister TOKEN_INACTIVE',
    ])
    expect(endpoint.asked.map(({ form }) => form.get('client_id'))).toEqual(['gateway', 'of the sister'])
  })

  it('that is late is waited for, though another has judged', async () => {
    const held = Promise.withResolvers<void>()
    const cnf = { jkt: aKey('ES256', 'client').jkt }
    endpoint.say = async ({ form }) => {
      const isOurs = form.get('client_id') === 'gateway'
      if (!isOurs) await held.promise
      return { body: { active: isOurs, cnf } }
    }
    const accessToken = 'another-opaque-token-that-is-long-enough'
    const digest = `sha-256=:${hash('sha256', 'as signed', 'base64')}:`
    const fields = [...credentials('/both', { accessToken, method: 'POST' }), 'content-digest', digest]
    const body = 'altered'
    expect((await gateway.call({ path: '/both', method: 'POST', fields, body })).status).toBe(200)
    held.resolve()
    expect(refusedBy(await last('/both')).sort()).toEqual([
      'content_digest DIGEST_MISMATCH',
      'policies.sister TOKEN_INACTIVE',
    ])
  })

  it('knows what the path says', async () => {
    const path = '/of/tpp-1'
    expect((await gateway.call({ path, fields: credentials(path) })).status).toBe(200)
    expect(refusedBy(await last(path))).toEqual([])
    const other = '/of/tpp-2'
    expect((await gateway.call({ path: other, fields: credentials(other) })).status).toBe(200)
    expect(refusedBy(await last(other))).toEqual(['condition CONDITION_UNMET'])
  })

  it('tells who still uses tokens that anybody could', async () => {
    const accessToken = token({ claims: { cnf: undefined } })
    const fields = ['authorization', `Bearer ${accessToken}`]
    expect((await gateway.call({ path: '/bearer', fields })).status).toBe(200)
    const line = await last('/bearer')
    expect([line['client_id'], refusedBy(line)]).toEqual(['tpp-1', ['danger_accept_bearer TOKEN_UNBOUND']])
  })
})
