import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { expect, it } from 'vitest'
import { within } from '../../src/services/within.ts'

it('an answer that came while the thread was held up is not late', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const accepted = once(server, 'connection') as Promise<[Socket]>
  const ours = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [[theirs]] = await Promise.all([accepted, once(ours, 'connect')])
  const answer = within(once(ours, 'data'), 50)
  // It is there when this returns, and is not read before the loop goes on.
  theirs.write('PONG')
  for (const until = performance.now() + 100; performance.now() < until; );
  expect(String(await answer)).toBe('PONG')
  ours.destroy()
  server.close()
})

it('one that does not come is given up', async () => {
  await expect(within(new Promise(() => {}), 20)).rejects.toThrow('no answer within 20 ms')
})
