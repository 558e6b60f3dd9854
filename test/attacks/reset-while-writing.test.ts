import type { TLSSocket } from 'node:tls'
import { expect, it } from 'vitest'
import { openTls, pseudoFields } from '../support/wire-client.ts'
import { frame, literals, opening } from '../support/wire-h2.ts'
import { openInProcess } from '../support/wire-in-process.ts'
import { startUpstream } from '../support/wire-upstream.ts'

/** About one in ten meets the moment in which Node loses it. */
const ATTEMPTS = 600
const AT_A_TIME = 40

/**
 * A client that has its connection fail by an error of the protocol just as an answer is written to it, and resets it, without having
 * read anything. Node ends such a session without a word; its connection would be held for ever, and count against `max_connections`.
 */
it('a session that fails while it writes, and is reset, leaves no connection behind', async () => {
  const upstream = await startUpstream()
  const gateway = await openInProcess({
    upstreams: { bank: { url: `http://127.0.0.1:${upstream.port}` } },
    routes: [{ path: '/status', upstream: 'bank', danger_public: true }],
  })
  let left = ATTEMPTS
  const attack = async () => {
    while (left-- > 0) await failAndReset(gateway.port)
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, attack))
  await expect.poll(() => gateway.connections()).toBe(0)
  expect(gateway.inFlight()).toBe(0)
  await gateway.stop()
  await upstream.close()
}, 60_000)

async function failAndReset(port: number): Promise<void> {
  const socket = await openTls(port, { ALPNProtocols: ['h2'] })
  socket.pause()
  const closed = new Promise<void>((resolve) => void socket.once('close', () => resolve()))
  socket.on('error', () => {})
  socket.write(opening(frame(0x1, END_HEADERS, 1, literals(HEAD))))
  soon(() => write(socket, Buffer.concat([TRAILERS, TRAILERS])))
  // With what it has not read the system resets it.
  soon(() => socket.destroy())
  await closed
}

function write(socket: TLSSocket, octets: Buffer): void {
  if (!socket.destroyed) socket.write(octets)
}

function soon(step: () => void): void {
  setTimeout(step, Math.random() * 5)
}

const END_HEADERS = 0x4
const HEAD = pseudoFields('GET', '/nowhere')
/** Behind the first of these there may be none. */
const TRAILERS = frame(0x1, 0x5, 1, literals(['x-trailer', 'y']))
