import { afterAll, expect, it } from 'vitest'
import { ROUTES } from '../support/gateway.ts'
import { levelIn } from '../support/level.ts'
import { openTls, pseudoFields } from '../support/wire-client.ts'
import { frame, literals, opening } from '../support/wire-h2.ts'
import { startWithUpstream } from '../support/with-upstream.ts'

const MOST = 60
/** What a client may have that is alone: half of all, and where not all come at once half of the quarter that is not counted. */
const FOR_ONE = 5 / 8

const { gateway, stop } = await startWithUpstream({
  overload: { delay: '1m', in_flight: MOST },
  routes: ROUTES,
})
afterAll(stop)

const inFlight = async () => levelIn(await gateway.metrics(), 'holdfast_in_flight')

/** Each has a connection to the upstream to itself, or waits for one, until its body comes. */
it('whoever begins as many requests as may be under way, and sends no body, leaves room for others', async () => {
  const socket = await openTls(gateway.port, { localAddress: '127.0.0.9', ALPNProtocols: ['h2'] })
  const head = literals(pseudoFields('POST', '/status'))
  const heads = Array.from({ length: 99 }, (_, at) => frame(0x1, 0x4, 1 + 2 * at, head))
  socket.resume().write(opening(...heads))
  await gateway.line(({ code }) => code === 'OVERLOADED')
  for (let count = 0; count < 3; count++) expect((await gateway.call({ path: '/status' })).status).toBe(200)
  await expect.poll(inFlight).toBeLessThan(MOST * FOR_ONE + 1)
  expect(await inFlight()).toBeGreaterThanOrEqual(MOST / 2)
  socket.destroy()
  await expect.poll(inFlight).toBe(0)
})
