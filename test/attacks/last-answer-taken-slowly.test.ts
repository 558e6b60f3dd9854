import { once } from 'node:events'
import { expect, it } from 'vitest'
import { openTls, pseudoFields } from '../support/wire-client.ts'
import { frame, initialWindow, literals, PREFACE, windowUpdate } from '../support/wire-h2.ts'
import { openInProcess } from '../support/wire-in-process.ts'
import { startUpstream } from '../support/wire-upstream.ts'

/**
 * A session that has ended in good order while much of its last answer lies with the system, which Node takes for sent. Its client makes
 * room as it reads; with the socket closed by then, each such frame would be met with a reset, and the rest of the answer lost.
 */
it('the last answer of a session is not cut off while its client takes it slowly', async () => {
  const upstream = await startUpstream((_, response) => response.end(Buffer.alloc(OCTETS)))
  const gateway = await openInProcess({
    upstreams: { bank: { url: `http://127.0.0.1:${upstream.port}` } },
    routes: [{ path: '/status', upstream: 'bank', danger_public: true }],
  })
  const socket = await openTls(gateway.port, { ALPNProtocols: ['h2'] })
  let taken = 0
  const room = [frame(0x4, 0, 0, initialWindow(MOST)), windowUpdate(0, MOST - 2 * 65_535)]
  socket.write(Buffer.concat([PREFACE, ...room, frame(0x1, 0x5, 1, literals(HEAD)), GOAWAY]))
  const ended = once(socket, 'end')
  // Who listens for this reads only when told to.
  socket.on('readable', () => {})
  const reads = setInterval(() => {
    for (const until = taken + A_TIME; taken < until; ) {
      const part: Buffer | null = socket.read()
      if (part === null) break
      taken += part.length
    }
    if (!socket.destroyed) socket.write(windowUpdate(0, 1))
  }, 50)
  await Promise.race([ended, once(socket, 'close')])
  clearInterval(reads)
  expect(taken).toBeGreaterThanOrEqual(OCTETS)
  socket.destroy()
  await expect.poll(() => gateway.connections()).toBe(0)
  await gateway.stop()
  await upstream.close()
})

/** More than the system of the client takes in unasked; no more than ours holds. */
const OCTETS = 3_000_000
/** Octets that are taken at a time. */
const A_TIME = 30_000
/** RFC 9113 §6.9.1. */
const MOST = 0x7fffffff
const HEAD = pseudoFields('GET', '/status')
const GOAWAY = frame(0x7, 0, 0, Buffer.alloc(8))
