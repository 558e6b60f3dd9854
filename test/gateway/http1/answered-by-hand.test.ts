import { setTimeout as wait } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { connected } from '../../support/http1-pair.ts'

const GET = 'GET /status HTTP/1.1\r\nHost: a\r\n\r\n'

it('a part without octets is no chunk: it would be the last', async () => {
  const { comes, requests, text } = connected()
  comes(GET)
  requests[0]?.begin(200, [])
  for (const part of ['', 'a', '', 'b']) requests[0]?.write(Buffer.from(part))
  requests[0]?.end()
  await wait(10)
  expect(text()).toMatch(/\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n$/)
})

it('a connection that is to end takes a request whose head has begun to come, and none behind it', async () => {
  const { connection, comes, requests, text } = connected()
  comes(GET.slice(0, 9))
  connection.retire()
  comes(GET.slice(9) + GET)
  requests[0]?.answer(200, [], '', false)
  await wait(10)
  expect([requests.length, text().includes('connection: close\r\n')]).toEqual([1, true])
})

it('a request that waits until its client has taken the answer before it is not refused for that', async () => {
  const { connection, comes, requests, faults } = connected()
  const { socket } = connection
  comes(GET)
  Object.defineProperty(socket, 'writableNeedDrain', { value: true, configurable: true })
  comes(GET)
  requests[0]?.answer(200, [], '', false)
  connection.look(performance.now() + 20_000)
  expect([faults, requests.length]).toEqual([[], 1])
  Object.defineProperty(socket, 'writableNeedDrain', { value: false })
  socket.emit('drain')
  expect(requests).toHaveLength(2)
})

it('what is no request is refused once, however long its client takes to go', async () => {
  const { connection, comes, faults } = connected()
  comes('no request\r\n\r\n')
  connection.look(performance.now() + 20_000)
  expect(faults).toEqual(['the request line is malformed'])
})

it('what comes behind the last answer is thrown away, and past 10 MiB its connection with it', () => {
  const { connection, comes, faults } = connected()
  comes('no request\r\n\r\n')
  for (let left = 10; left > 0; left--) comes(GET.padEnd(1024 * 1024))
  expect([connection.socket.destroyed, faults.length]).toEqual([false, 1])
  comes('x')
  expect(connection.socket.destroyed).toBe(true)
})
