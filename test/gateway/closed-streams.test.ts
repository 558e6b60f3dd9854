import { once } from 'node:events'
import { connect, constants, createServer, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Awaited } from '../../src/gateway/http2/awaited.ts'
import { Http2Downstream, ignore, unburden } from '../../src/gateway/http2/downstream.ts'
import type { LiveStream } from '../../src/gateway/http2/live-session.ts'

/** V8 holds a closed stream for long; what was hung on it must not be held with it. */
describe('a stream that has closed', () => {
  const server = createServer()
  let client: ReturnType<typeof connect>

  beforeAll(async () => {
    await once(server.listen(0, '127.0.0.1'), 'listening')
    client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    client.on('error', ignore)
  })

  afterAll(() => {
    client.destroy()
    server.close()
  })

  it.each([true, false])(
    'has let go of all that hung on it, and is not waited for (answered: %s)',
    async (answered) => {
      const awaited = new Awaited(1024 * 1024, () => {})
      const told: string[] = []
      const asked = once(server, 'stream')
      const request = client.request({ ':path': '/' }).on('error', ignore).resume()
      const [stream] = (await asked) as [ServerHttp2Stream]
      const its = new Set(stream.eventNames())
      stream.on('error', ignore)
      unburden(stream)
      const raw = { method: 'GET', fields: [], mayHaveBody: false }
      const downstream = new Http2Downstream(stream, raw as never, {} as LiveStream, awaited)
      downstream.onGone(() => told.push('gone'))
      downstream.onSent(() => told.push('sent'))
      const closed = once(stream, 'close')
      if (answered) downstream.answer(200, [], 'all of it')
      else request.close(8)
      await closed
      await turn()
      expect(stream.eventNames().filter((name) => !its.has(name))).toEqual(['error'])
      expect(awaited.size).toBe(0)
      expect(told).toContain(answered ? 'sent' : 'gone')
    },
  )

  /** An upload of which a part is still unread. */
  async function upload() {
    const asked = once(server, 'stream')
    const request = client.request({ ':path': '/', ':method': 'POST' }).on('error', ignore)
    request.write('a part')
    const [stream] = (await asked) as [ServerHttp2Stream]
    stream.on('error', ignore)
    const raw = { method: 'POST', fields: ['expect', '100-continue'], mayHaveBody: true }
    const awaited = new Awaited(1_000, ignore)
    const downstream = new Http2Downstream(stream, raw as never, {} as LiveStream, awaited)
    await once(
      stream.on('data', () => void stream.pause()),
      'data',
    )
    request.write('another')
    await expect.poll(() => stream.readableLength).toBeGreaterThan(0)
    return { stream, downstream, reset: () => request.close(constants.NGHTTP2_NO_ERROR) }
  }

  it('is gone while its body is still unread, and what is said on it harms nobody', async () => {
    const { stream, downstream, reset } = await upload()
    expect(downstream.isGone).toBe(false)
    const aborted = once(stream, 'aborted')
    reset()
    await aborted
    expect([downstream.isGone, stream.destroyed]).toEqual([true, false])
    downstream.proceed()
    downstream.begin(200, [])
    downstream.answer(200, [], 'all of it')
    expect(downstream.hasBegun).toBe(false)
    downstream.abort()
  })

  it('is let go of where its client has left, though nobody reads its body any more', async () => {
    const { stream, downstream, reset } = await upload()
    let told = 0
    stream.removeAllListeners('data').pause()
    downstream.onGone(() => told++)
    reset()
    await expect.poll(() => stream.destroyed).toBe(true)
    expect(told).toBeGreaterThan(0)
  })
})
