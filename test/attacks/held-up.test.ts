import { once } from 'node:events'
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { openTls } from '../support/wire-client.ts'
import { openInProcess } from '../support/wire-in-process.ts'
import { HOST } from '../support/wire-tokens.ts'
import { startUpstream } from '../support/wire-upstream.ts'

/** A thread that was held up finds the timer that closes what is idle before the request that came meanwhile. */
it('a request that came while its thread was held up is answered before idle connections are closed', async () => {
  const upstream = await startUpstream((_, response) => response.end('ok'))
  const gateway = await openInProcess(
    {
      upstreams: { bank: { url: `http://127.0.0.1:${upstream.port}` } },
      routes: [{ path: '/status', upstream: 'bank', danger_public: true }],
    },
    { ledger: { spend: () => 'first' } },
  )
  const socket = await openTls(gateway.port, {})
  let answers = ''
  socket.on('data', (part) => (answers += part))
  socket.write(REQUEST)
  await expect.poll(() => answers).toMatch(/ 200 .*keep-alive.*ok/s)
  answers = ''
  const stopped = gateway.stop()
  await wait(RETIRES_AFTER - 100)
  // What holds a thread up is work on what came, so that timers are next.
  await nextTurn()
  socket.write(REQUEST)
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300)
  await once(socket, 'close')
  expect(answers).toMatch(/ 200 .*connection: close.*ok/is)
  await stopped
  await upstream.close()
})

const REQUEST = `GET /status HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`
/** Milliseconds: half of what the drain of a gateway in this process may take. */
const RETIRES_AFTER = 500
