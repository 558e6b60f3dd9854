import { EventEmitter, once } from 'node:events'
import {
  type ClientHttp2Stream,
  connect,
  constants,
  createServer,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it, vi } from 'vitest'
import { Awaited } from '../../src/gateway/http2/awaited.ts'
import { AwaitedAnswer } from '../../src/gateway/http2/awaited-answer.ts'
import { ignore } from '../../src/gateway/http2/downstream.ts'
import type { LiveStream } from '../../src/gateway/http2/live-session.ts'
import { guardSession } from '../../src/gateway/http2/session-guard.ts'

afterEach(() => void vi.restoreAllMocks())

it.each([
  ['CANCEL', (asked: ClientHttp2Stream) => asked.close(constants.NGHTTP2_CANCEL)],
  ['no error', (asked: ClientHttp2Stream) => asked.close(constants.NGHTTP2_NO_ERROR)],
  ['nothing of it taken', (_: ClientHttp2Stream, answer: AwaitedAnswer) => answer.breakOff()],
  [
    'an upstream that failed',
    (_: ClientHttp2Stream, __: AwaitedAnswer, stream: ServerHttp2Stream) =>
      stream.destroy(new Error('broken off')),
  ],
])(
  'a session is asked to go elsewhere before the answers that broke off, with %s, fill its memory',
  async (_, breakOff) => {
    const dropped: string[] = []
    const limits = { maxStreamResets: 1_000, maxControlFrames: 1_000 }
    const awaited = new Awaited(1_000_000, () => {})
    let answer: AwaitedAnswer
    let answered: ServerHttp2Stream
    const server = createServer()
    server.on('session', (session) => guardSession(session, limits, (reason) => void dropped.push(reason)))
    server.on('stream', (stream: ServerHttp2Stream) => {
      answered = stream.on('error', ignore).resume()
      answer = new AwaitedAnswer(stream, {} as LiveStream, awaited)
      stream.respond({})
      // More than the client's window, so that it is never out.
      stream.write(Buffer.alloc(80_000))
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`).on('error', ignore)
    const breakOne = async () => {
      const stream = client.request().on('error', ignore)
      const closed = new Promise((resolve) => stream.once('close', resolve))
      await once(stream, 'response')
      breakOff(stream, answer, answered)
      await closed
    }
    for (let at = 0; at < 63; at++) await breakOne()
    expect(client.closed).toBe(false)
    await breakOne()
    await expect.poll(() => client.closed).toBe(true)
    expect(dropped).toEqual([])
    client.destroy()
    server.close()
  },
)

/** A session that takes three of each while the clock stands still, or as many resets as are said, and what became of it. */
function guarded(maxStreamResets = 3) {
  vi.spyOn(performance, 'now').mockReturnValue(0)
  const told: unknown[] = []
  const session = Object.assign(new EventEmitter(), {
    destroyed: false,
    destroy(_: unknown, code?: number) {
      this.destroyed = true
      told.push(code)
    },
    close: () => void told.push('closed'),
  })
  const limits = { maxStreamResets, maxControlFrames: 3 }
  guardSession(session as unknown as ServerHttp2Session, limits, (reason) => told.push(reason))
  return { session, told }
}

it.each(['ping', 'remoteSettings'])('one %s more than there may be at once ends a session, once', (event) => {
  const { session, told } = guarded()
  for (let at = 0; at < 3; at++) session.emit(event)
  expect(told).toEqual([])
  for (let at = 0; at < 3; at++) session.emit(event)
  expect(told).toEqual(['control_frames', constants.NGHTTP2_ENHANCE_YOUR_CALM])
})

it.each([
  ['control_frames', (session: EventEmitter) => session.emit('ping')],
  ['stream_resets', (session: EventEmitter) => closesOne(session, { rstCode: 8 })],
])('of %s a tenth of what there may be at once may be there a second from then on', (reason, each) => {
  const { session, told } = guarded()
  for (let at = 0; at < 3; at++) each(session)
  vi.spyOn(performance, 'now').mockReturnValue(4_000)
  each(session)
  expect(told).toEqual([])
  each(session)
  expect(told[0]).toBe(reason)
})

it.each([
  ['had not begun', { headersSent: false }, false],
  ['were out', { writableFinished: true }, false],
  ['were not', {}, true],
])('streams that are reset whose answers %s have their client connect anew: %s', (_, changes, asked) => {
  const { session, told } = guarded(1_000)
  for (let at = 0; at < 64; at++) closesOne(session, { rstCode: 8, ...changes })
  expect(told).toEqual(asked ? ['closed'] : [])
})

it('what nghttp2 objects to ends a session, and is counted', () => {
  const { session, told } = guarded()
  session.emit('error', new Error('too many of something'))
  expect(told).toEqual(['protocol_error', undefined])
})

it.each([
  ['by its client', { rstCode: 8 }, true, 1],
  ['by its client, without an error', { rstCode: 0 }, true, 1],
  ['by its client, for an error that ours would have', { rstCode: 2 }, true, 1],
  ['by its client, to HEAD, without an error', { rstCode: 0, headersSent: false }, false, 1],
  ['by us, as the client had us do', { rstCode: 1 }, false, 1],
  ['by us, for reasons of our own', { rstCode: 2, destroyed: true }, true, 0],
  ['by nobody', { rstCode: 0 }, false, 0],
])('a stream that was reset %s counts as it should', (_, changes, isAborted, resets) => {
  const { session, told } = guarded()
  const each = () => closesOne(session, changes, isAborted)
  for (let at = 0; at < 3; at++) each()
  expect(told).toEqual([])
  each()
  expect(told).toHaveLength(2 * resets)
  if (resets > 0) expect(told[0]).toBe('stream_resets')
})

/** A stream of it whose answer is under way, but for these changes, comes and closes. */
function closesOne(session: EventEmitter, changes: object, isAborted = false): void {
  const stream = new EventEmitter()
  Object.assign(stream, { destroyed: false, headersSent: true, writableFinished: false, ...changes })
  session.emit('stream', stream)
  if (isAborted) stream.emit('aborted')
  stream.emit('close')
}
