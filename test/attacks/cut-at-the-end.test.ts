import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, expect, it } from 'vitest'
import { ROUTES } from '../support/gateway.ts'
import { openTls } from '../support/wire-client.ts'
import { HOST } from '../support/wire-tokens.ts'
import { startWithUpstream } from '../support/with-upstream.ts'

const { gateway, stop } = await startWithUpstream(
  {
    listeners: [{ limits: { idle_timeout: '1s' } }],
    routes: ROUTES,
  },
  undefined,
  (request, response) => {
    response.write(Buffer.alloc(Number(request.url?.split('/')[2]), 'x'))
    response.end()
    return true
  },
)
afterAll(stop)

/** A client of HTTP/1.0 that takes nothing of so many octets until its connection is cut, and then what there is. */
async function visit(size: number) {
  const socket = await openTls(gateway.port)
  let text = ''
  let isWhole = false
  socket.on('error', () => {})
  socket.on('end', () => {
    isWhole = true
  })
  socket.pause()
  socket.write(`GET /status/${size} HTTP/1.0\r\nHost: ${HOST}\r\n\r\n`)
  await wait(5_000)
  socket.on('data', (part: Buffer) => {
    text += part.toString('latin1')
  })
  socket.resume()
  await wait(1_000)
  socket.destroy()
  return { size, got: text.length - text.indexOf('\r\n\r\n') - 4, isWhole }
}

it('an answer without a length that was handed over to its end, and not taken, does not look whole', async () => {
  // What the kernel takes of it is learnt first: one a little longer is handed over and waits in our socket.
  await visit(20_000_000)
  const { bytes_out: taken } = await gateway.line(({ path }) => path === '/status/20000000')
  const sizes = Array.from({ length: 24 }, (_, at) => Number(taken) - 120_000 + at * 6_000)
  const visits = await Promise.all(sizes.map(visit))
  expect(visits.filter(({ size, got, isWhole }) => isWhole && got < size)).toEqual([])
})
