import { once } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { connect } from 'node:tls'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { gather, openTls, UNTIL_CLOSED } from '../support/wire-client.ts'
import { frame, opening } from '../support/wire-h2.ts'
import { type InProcess, openInProcess } from '../support/wire-in-process.ts'
import { HOST } from '../support/wire-tokens.ts'
import { type RecordingUpstream, startUpstream } from '../support/wire-upstream.ts'

/** Milliseconds: half of what the drain of a gateway in this process may take. */
const RETIRES_AFTER = 500

let upstream: RecordingUpstream
let gateway: InProcess

beforeEach(async () => {
  upstream = await startUpstream((_, response) => response.end('ok'))
  gateway = await openInProcess({
    upstreams: { bank: { url: `http://127.0.0.1:${upstream.port}` } },
    routes: [{ path: '/status', upstream: 'bank', danger_public: true }],
  })
})

afterEach(() => upstream.close())

/** A thread that was held up finds the timer that closes what is idle before the request that came meanwhile. */
it.each([
  ['while its thread was held up', RETIRES_AFTER + 100],
  ['at the beginning of the end', 0],
])('a request that came %s is answered before its connection is closed, and told so', async (_, heldUp) => {
  const socket = await openTls(gateway.port, {})
  let answers = ''
  socket.on('data', (part) => (answers += part))
  socket.write(REQUEST)
  await expect.poll(() => answers).toMatch(/ 200 .*keep-alive.*ok/s)
  answers = ''
  const stopped = gateway.stop()
  // What holds a thread up is work on what came, so that timers are next.
  await nextTurn()
  socket.write(REQUEST)
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, heldUp)
  await once(socket, 'close')
  expect(answers).toMatch(/ 200 .*connection: close.*ok/is)
  await stopped
})

/** The system has accepted them, and would reset them where the listener is closed. */
it('connections that stood before the drain, and were not seen yet, are answered', async () => {
  const sockets = Array.from({ length: 5 }, () =>
    connect({ port: gateway.port, host: '127.0.0.1', rejectUnauthorized: false }),
  )
  await new Promise((asked) => process.nextTick(asked))
  const stopped = gateway.stop()
  for (const socket of sockets) socket.write(REQUEST)
  for (const told of sockets.map((socket) => gather(socket, UNTIL_CLOSED)))
    expect((await told).text).toMatch(/ 200 .*connection: close.*ok/is)
  await stopped
})

it('one over HTTP/2 whose handshake ends after that is told so', async () => {
  const where = { port: gateway.port, host: '127.0.0.1', rejectUnauthorized: false }
  const socket = connect({ ...where, ALPNProtocols: ['h2'] })
  await new Promise((asked) => process.nextTick(asked))
  const stopped = gateway.stop()
  socket.write(opening())
  const { text } = await gather(socket, UNTIL_CLOSED)
  // GOAWAY, RFC 9113 §6.8: no stream was taken, no error.
  expect(text).toContain(frame(0x7, 0, 0, Buffer.alloc(8)).toString('latin1'))
  await stopped
})

const REQUEST = `GET /status HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`
