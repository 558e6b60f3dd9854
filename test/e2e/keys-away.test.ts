import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { published } from '../support/keys.ts'
import { openHttp2, openTls, pseudoFields } from '../support/wire-client.ts'
import { json } from '../support/wire-issuer.ts'
import { credentials, HOST, token } from '../support/wire-tokens.ts'
import { anIssuer, entryOf, FIRST, startFor } from './keys-world.ts'

describe("an issuer's keys", () => {
  it('may be away at the start: 503 and no challenge, and 200 soon after they are there', async () => {
    const issuer = await anIssuer(FIRST)
    await issuer.down()
    const { gateway, send } = await startFor({ bank: entryOf(issuer) })
    expect((await fetch(`http://127.0.0.1:${gateway.admin}/readyz`)).status).toBe(200)
    const answer = await send(issuer)
    expect([answer.status, answer.code]).toEqual([503, 'TOKEN_KEYS_UNAVAILABLE'])
    expect([answer.all('retry-after'), answer.all('www-authenticate')]).toEqual([['5'], []])
    const flood = await Promise.all(
      Array.from({ length: 30 }, (_, at) => send(issuer, FIRST, { kid: `${at}` })),
    )
    expect(new Set(flood.map(({ code }) => code))).toEqual(new Set(['TOKEN_KEYS_UNAVAILABLE']))
    await issuer.up()
    await expect.poll(async () => (await send(issuer)).status, { interval: 200 }).toBe(200)
  })

  it('outlive an outage; names made up in it cannot be judged, and cost nobody else', async () => {
    const issuer = await anIssuer(FIRST)
    const { send } = await startFor({ bank: entryOf(issuer) })
    expect((await send(issuer)).status).toBe(200)
    await issuer.down()
    const flood = await Promise.all(
      Array.from({ length: 40 }, (_, at) => send(issuer, FIRST, { kid: `${at}` })),
    )
    expect(new Set(flood.map(({ code }) => code))).toEqual(new Set(['TOKEN_KEYS_UNAVAILABLE']))
    expect((await send(issuer)).status).toBe(200)
  })

  it('come too late for a client that went away meanwhile: nothing is forwarded for it', async () => {
    const issuer = await anIssuer(FIRST)
    const release = Promise.withResolvers<void>()
    issuer.odd = (request, response) =>
      request.url === '/keys' && !!release.promise.then(() => json(response, published(...issuer.keys)))
    const { gateway, upstream } = await startFor({ bank: entryOf(issuer) })
    const accessToken = token({ key: FIRST, claims: { iss: issuer.issuer } })
    const [one, two] = [credentials('/accounts', { accessToken }), credentials('/accounts', { accessToken })]
    const socket = await openTls(gateway.port)
    socket.write(
      `GET /accounts HTTP/1.1\r\nHost: ${HOST}\r\n${one[0]}: ${one[1]}\r\n${one[2]}: ${one[3]}\r\n\r\n`,
    )
    const session = await openHttp2(gateway.port)
    const head = pseudoFields('GET', '/accounts')
    const stream = session.request([...head, ...two] as never)
    stream.on('error', () => {})
    await expect.poll(() => gateway.metrics()).toContain('\nholdfast_in_flight 2\n')
    socket.destroy()
    stream.close(8)
    await wait(150)
    release.resolve()
    for (const version of ['1.1', '2'])
      await gateway.line((line) => line['verdict'] === 'gone' && line['protocol'] === version)
    expect(upstream.news()).toEqual([])
    expect(await gateway.metrics()).toContain('\nholdfast_in_flight 0\n')
    session.close()
  })
})
