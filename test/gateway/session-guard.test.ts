import { once } from 'node:events'
import { connect, constants, createServer, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { ignore } from '../../src/gateway/http2/downstream.ts'
import { guardSession } from '../../src/gateway/http2/session-guard.ts'

it('a session is asked to go elsewhere before the answers that it broke off fill its memory', async () => {
  const dropped: string[] = []
  const limits = { maxStreamResets: 1_000, maxControlFrames: 1_000 }
  const server = createServer()
  server.on('session', (session) => guardSession(session, limits, (reason) => void dropped.push(reason)))
  server.on('stream', (stream: ServerHttp2Stream) => {
    stream.on('error', ignore).resume()
    stream.respond({})
    // More than the client's window, so that it is never out.
    stream.write(Buffer.alloc(80_000))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`).on('error', ignore)
  const breakOne = async () => {
    const stream = client.request().on('error', ignore)
    await once(stream, 'response')
    stream.close(constants.NGHTTP2_CANCEL)
    await once(stream, 'close')
  }
  for (let at = 0; at < 63; at++) await breakOne()
  expect(client.closed).toBe(false)
  await breakOne()
  await expect.poll(() => client.closed).toBe(true)
  expect(dropped).toEqual([])
  client.destroy()
  server.close()
})
