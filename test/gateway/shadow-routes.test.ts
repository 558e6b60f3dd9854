import { hash } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { aKey } from '../support/keys.ts'
import { openTls, statusesIn } from '../support/wire-client.ts'
import { credentials, HOST, token } from '../support/wire-tokens.ts'
import { refusedBy, startShadowGateway } from './shadow-world.ts'

const NO_DIGEST = `sha-256=:${Buffer.alloc(32).toString('base64')}:`
const LITTLE = token({ claims: { scope: 'accounts' } })
const { gateway, upstream, endpoint, last, stop } = await startShadowGateway()

afterAll(stop)
beforeEach(() => void upstream.news())

describe('a route that only watches', () => {
  it.each([
    ['no credentials', () => [], 'TOKEN_ABSENT', null],
    [
      'a token of too little',
      () => credentials('/whole', { accessToken: LITTLE }),
      'SCOPE_INSUFFICIENT',
      'tpp-1',
    ],
    ['a stolen token', () => credentials('/whole').slice(0, 2), 'DPOP_ABSENT', 'tpp-1'],
    ['what is no token', () => ['authorization', 'Bearer nonsense-of-some-length'], 'TOKEN_NOT_JWT', null],
  ] as const)(
    'lets %s pass as if it were public, and says what it would have refused',
    async (_, fields, code, client) => {
      expect((await gateway.call({ path: '/whole', fields: fields() })).status).toBe(200)
      const [seen] = upstream.news()
      expect(seen?.all('holdfast-client-id')).toEqual([])
      expect(seen?.all('authorization')).toEqual(fields().slice(1, 2))
      const id = seen?.all('x-fapi-interaction-id')[0]
      const line = await gateway.line((each) => each['interaction_id'] === id)
      expect([line['verdict'], refusedBy(line), line['client_id']]).toEqual([
        'admitted',
        [`* ${code}`],
        client,
      ])
    },
  )

  it('gives a nonce ahead with an answer that nobody may keep, whatever its upstream says of that', async () => {
    const answer = await gateway.call({ path: '/ahead', fields: credentials('/ahead') })
    expect(answer.all('dpop-nonce')).toHaveLength(1)
    expect(answer.all('cache-control')).toEqual(['no-store'])
  })

  it('counts a replayed proof too', async () => {
    const accessToken = token({ claims: { scope: 'payments' } })
    const fields = credentials('/whole', { accessToken })
    for (const expected of [[], ['* DPOP_REPLAYED']]) {
      expect((await gateway.call({ path: '/whole', fields })).status).toBe(200)
      expect(refusedBy(await last('/whole'))).toEqual(expected)
    }
  })

  it('says of a proof that was replayed nothing of the body: enforced, it would not have been looked at', async () => {
    const fields = [
      ...credentials('/whole', { accessToken: token({ claims: { scope: 'payments' } }), method: 'POST' }),
      'content-digest',
      NO_DIGEST,
    ]
    const post = () => gateway.call({ path: '/whole', method: 'POST', fields, body: 'x=1' })
    for (const expected of ['DIGEST_MISMATCH', 'DPOP_REPLAYED']) {
      expect((await post()).status).toBe(200)
      expect(refusedBy(await last('/whole'))).toEqual([`* ${expected}`])
    }
  })

  it('lets pass what could not be judged, and says so', async () => {
    const accessToken = token({ claims: { iss: 'https://away.example' } })
    const fields = credentials('/away', { accessToken })
    expect((await gateway.call({ path: '/away', fields })).status).toBe(200)
    expect(refusedBy(await last('/away'))).toEqual(['* TOKEN_KEYS_UNAVAILABLE'])
  })

  it('neither stops nor misjudges a body that is on its way before its token could be judged', async () => {
    const body = 'x'.repeat(1_000_000)
    endpoint.say = async () => {
      await wait(300)
      return { body: { active: true, client_id: 'tpp-1', cnf: { jkt: aKey('ES256', 'client').jkt } } }
    }
    const accessToken = 'an-opaque-token-that-is-long-enough'
    const digest = `sha-256=:${hash('sha256', body, 'base64')}:`
    const fields = [...credentials('/late', { accessToken, method: 'POST' }), 'content-digest', digest]
    const head = [`POST /late HTTP/1.1`, `host: ${HOST}`, `content-length: ${body.length}`]
    for (let at = 0; at < fields.length; at += 2) head.push(`${fields[at]}: ${fields[at + 1]}`)
    const socket = await openTls(gateway.port)
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.write(`${head.join('\r\n')}\r\n\r\n${body.slice(0, 400_000)}`)
    await wait(700)
    socket.write(body.slice(400_000))
    await expect.poll(() => statusesIn(text)).toEqual([200])
    socket.destroy()
    const [seen] = upstream.news()
    expect(seen?.body.length).toBe(body.length)
    const id = seen?.all('x-fapi-interaction-id')[0]
    expect(refusedBy(await gateway.line((line) => line['interaction_id'] === id))).toEqual([])
  })

  it('still refuses what no route takes', async () => {
    expect((await gateway.call({ path: '/whole/..%2fx' })).code).toBe('PATH_AMBIGUOUS')
  })
})
