import { once } from 'node:events'
import { connect, createServer, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import type { Living } from '../../src/gateway/client-trust.ts'
import { Awaited } from '../../src/gateway/http2/awaited.ts'
import { AwaitedAnswer } from '../../src/gateway/http2/awaited-answer.ts'
import { ignore } from '../../src/gateway/http2/downstream.ts'
import { LiveSession } from '../../src/gateway/http2/live-session.ts'

/** An answer that is longer than its client's window, which takes nothing of it; and what is known of its connection at a moment. */
async function untaken() {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const asked = once(server, 'stream')
  client.request().on('error', ignore)
  const [stream] = (await asked) as [ServerHttp2Stream]
  stream.on('error', ignore).respond({})
  const connection = { waitsSince: null, idleTimeout: 60_000 } as Living
  const live = new LiveSession({ destroyed: false } as never, connection)
  const answer = new AwaitedAnswer(stream, live.begins(), new Awaited(1_000_000, ignore))
  answer.wrote(80_000, !stream.write(Buffer.alloc(80_000)))
  const waitsSinceAt = (now: number) => {
    answer.look(now)
    return connection.waitsSince
  }
  const close = () => {
    client.destroy()
    server.close()
  }
  return { stream, waitsSinceAt, close }
}

it('an answer that is not taken is under way while more of it may come; then its client alone is waited for', async () => {
  const { stream, waitsSinceAt, close } = await untaken()
  expect([1_000, 2_000, 3_000].map(waitsSinceAt)).toEqual([null, null, null])
  stream.end()
  expect(waitsSinceAt(3_500)).toBe(1_000)
  close()
})

it('one that is whole is under way for a second more, within which all but the slowest take of it', async () => {
  const { stream, waitsSinceAt, close } = await untaken()
  stream.end()
  expect([1_000, 1_999, 2_000].map(waitsSinceAt)).toEqual([null, null, 1_000])
  close()
})
