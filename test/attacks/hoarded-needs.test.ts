import type { Server } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, expect, it } from 'vitest'
import { BANK } from '../support/gateway.ts'
import { levelIn } from '../support/level.ts'
import { openTls } from '../support/wire-client.ts'
import { frame, literals, PREFACE } from '../support/wire-h2.ts'
import { credentials, HOST, token } from '../support/wire-tokens.ts'
import { listening } from '../support/wire-upstream.ts'
import { startWithUpstream } from '../support/with-upstream.ts'

const SILENT = 'https://silent.example'

const servers: Server[] = []
const silent = await listening((socket) => socket.resume(), servers)
afterAll(() => {
  for (const server of servers) server.close()
})

const guarded = (path: string, issuer: string) => ({ path, upstream: 'bank', require: { issuer } })
const { gateway, stop } = await startWithUpstream({
  overload: { delay: '1m', in_flight: 160 },
  issuers: {
    bank: BANK,
    silent: {
      ...BANK,
      issuer: SILENT,
      jwks_file: undefined,
      jwks_uri: `https://127.0.0.1:${silent}/keys`,
    },
  },
  routes: [guarded('/accounts', 'bank'), guarded('/silent', 'silent')],
})
afterAll(stop)

/** Anybody can make up a token of an issuer whose keys were never had, and wait with it for as long as that is silent. */
it('whoever waits for keys that do not come leaves room for who needs none of them', async () => {
  const madeUp = token({ claims: { iss: SILENT } })
  const fields = [':method', 'GET', ':path', '/silent', ':scheme', 'https', ':authority', HOST]
  const head = literals([...fields, 'authorization', `DPoP ${madeUp}`])
  const sockets = await Promise.all(
    [0, 1].map(() => openTls(gateway.port, { ALPNProtocols: ['h2'], localAddress: '127.0.0.2' })),
  )
  const waiting = async () => levelIn(await gateway.metrics(), 'holdfast_in_flight')
  let next = 1
  const ask = () => {
    for (const socket of sockets) {
      const heads = Array.from({ length: 99 }, (_, at) => frame(0x1, 0x5, next + 2 * at, head))
      socket.write(Buffer.concat(heads))
    }
    next += 198
  }
  for (const socket of sockets) socket.resume().write(Buffer.concat([PREFACE, frame(0x4, 0, 0)]))
  // Between two attempts there is a rest, in which nobody waits.
  const asked = async () => {
    ask()
    await wait(200)
    return waiting()
  }
  await expect.poll(asked, { interval: 300 }).toBe(20)
  const honest = await gateway.call({ path: '/accounts', fields: credentials() })
  expect(honest.code ?? honest.status).toBe(200)
  expect(await waiting()).toBeLessThanOrEqual(20)
  // Keys that are not there for want of a place are no fault of who has them: the log says so.
  const code = 'TOKEN_KEYS_UNAVAILABLE'
  const full = '20 requests wait for what they lack, 20 of 127.0.0.2'
  await gateway.line((line) => line['code'] === code && line['detail'] === full)
  for (const socket of sockets) socket.destroy()
})
