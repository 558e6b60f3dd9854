import { once } from 'node:events'
import { expect, it } from 'vitest'
import { openTls, pseudoFields } from '../support/wire-client.ts'
import { frame, literals, opening } from '../support/wire-h2.ts'
import { openInProcess } from '../support/wire-in-process.ts'
import { startUpstream } from '../support/wire-upstream.ts'

/**
 * A client that asks for something, says GOAWAY and then breaks the protocol. Nothing more is read from its connection, so that it goes
 * away unseen, and its stream is never closed: each such connection would be held for ever, and count against `max_connections`.
 */
it.each([
  ['goes away', ['OPTIONS', '*'], false],
  ['is reset', ['OPTIONS', '*'], true],
  ['goes away behind HEAD', ['HEAD', '/nowhere'], false],
] as const)(
  'who says GOAWAY, breaks the protocol and %s leaves no connection behind',
  async (_, [method, path], resets) => {
    const upstream = await startUpstream()
    const gateway = await openInProcess({
      listeners: [{ limits: { idle_timeout: '1s' } }],
      upstreams: { bank: { url: `http://127.0.0.1:${upstream.port}` } },
      routes: [{ path: '/status', upstream: 'bank', danger_public: true }],
    })
    for (let each = 0; each < 10; each++) {
      const socket = await openTls(gateway.port, { ALPNProtocols: ['h2'] })
      socket.on('error', () => {})
      // With what it has not read the system resets it.
      if (resets) socket.pause()
      else socket.resume()
      const head = pseudoFields(method, path)
      const request = frame(0x1, 0x5, 1, literals(head))
      socket.write(opening(request, GOAWAY, DATA_OF_NO_STREAM))
      setTimeout(() => socket.destroy(), 3)
      await once(socket, 'close')
    }
    await expect.poll(() => gateway.connections()).toBe(0)
    expect(gateway.inFlight()).toBe(0)
    await gateway.stop()
    await upstream.close()
  },
  30_000,
)

const GOAWAY = frame(0x7, 0, 0, Buffer.alloc(8))
const DATA_OF_NO_STREAM = frame(0x0, 0, 0, Buffer.from('x'))
