import type { Server, Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'
import { afterAll, describe, expect, it } from 'vitest'
import { ROUTES, startGateway } from '../support/gateway.ts'
import { levelIn } from '../support/level.ts'
import { openTls, pseudoFields } from '../support/wire-client.ts'
import { frame, literals, opening } from '../support/wire-h2.ts'
import { listening } from '../support/wire-upstream.ts'

const servers: Server[] = []
let atUpstream: Socket | undefined
let does: (socket: Socket) => void = () => {}
const port = await listening((socket) => {
  atUpstream = socket
  does(socket)
}, servers)
const gateway = await startGateway({
  listeners: [{ limits: { body_size: '64MiB', idle_timeout: '3s', header_timeout: '5s' } }],
  upstreams: { bank: { url: `http://127.0.0.1:${port}`, timeout: '60s' } },
  routes: ROUTES,
})
afterAll(async () => {
  await gateway.stop()
  for (const server of servers) server.close()
})

/** HTTP/2 streams that a client leaves as they are when nobody reads them any more. */
describe('a stream that its client abandons', () => {
  const inFlight = async () => levelIn(await gateway.metrics(), 'holdfast_in_flight')

  const requests = () => gateway.lines().filter(({ msg }) => msg === 'request')

  it.each([
    ['answers all the same', (socket: Socket) => void socket.write(answer(200))],
    ['fails', (socket: Socket) => void socket.destroy()],
  ])(
    'without an error, while its body waits for an upstream that %s, is gone at once and ends no thread',
    async (_, then) => {
      does = (socket) => void socket.pause()
      const before = requests().length
      const client = await openTls(gateway.port, { ALPNProtocols: ['h2'] })
      await sendUntilHeldBack(client)
      await expect.poll(inFlight).toBe(1)
      client.write(frame(0x3, 0, 1, Buffer.alloc(4)))
      await expect.poll(inFlight).toBe(0)
      then(atUpstream as Socket)
      await wait(300)
      client.destroy()
      await expect.poll(requests).toHaveLength(before + 1)
      expect(requests().at(-1)).toMatchObject({ verdict: 'gone', status: 499 })
      expect(gateway.lines().filter(({ msg }) => msg === 'thread ended')).toEqual([])
    },
    180_000,
  )

  it.each([
    ['an answer that came early', POST],
    ['a refusal', [...POST, 'host', 'evil.example']],
    ['the refusal of what is no request', POST.map((each) => (each === 'https' ? 'http' : each))],
    ['a refusal of HEAD', [...pseudoFields('HEAD', '/status'), 'host', 'evil.example']],
  ])('half open, behind %s, does not keep its connection for ever', async (_, head) => {
    does = (socket) => void socket.once('data', () => socket.write(answer(200)))
    const client = await openTls(gateway.port, { ALPNProtocols: ['h2'] })
    const closed = new Promise((resolve) => client.resume().once('close', () => resolve(true)))
    client.write(opening(frame(0x1, END_HEADERS, 1, literals(head))))
    client.write(frame(0x0, 0, 1, Buffer.from('x')))
    expect(await Promise.race([closed, wait(30_000, false)])).toBe(true)
  })
})

/** As much of a body as the gateway takes while its upstream takes none: until it gives no more room. */
async function sendUntilHeldBack(client: TLSSocket): Promise<void> {
  const room = [65_535, 65_535]
  let seen = Buffer.alloc(0)
  client.on('data', (chunk: Buffer) => {
    seen = Buffer.concat([seen, chunk])
    while (seen.length >= 9 && seen.length >= 9 + seen.readUIntBE(0, 3)) {
      if (seen[3] === WINDOW_UPDATE) room[Math.min(seen.readUInt32BE(5), 1)]! += seen.readUInt32BE(9)
      seen = seen.subarray(9 + seen.readUIntBE(0, 3))
    }
  })
  client.write(opening(frame(0x1, END_HEADERS, 1, literals(POST))))
  for (let quiet = 0; quiet < 20; ) {
    const length = Math.min(...room, 16_000)
    if (length <= 0) {
      quiet++
      await wait(10)
      continue
    }
    quiet = 0
    for (const at of [0, 1]) room[at]! -= length
    client.write(frame(0x0, 0, 1, Buffer.alloc(length)))
  }
}

function answer(status: number): string {
  return `HTTP/1.1 ${status} OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok`
}

const POST = pseudoFields('POST', '/status')
const END_HEADERS = 0x4
const WINDOW_UPDATE = 0x8
