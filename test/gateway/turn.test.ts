import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Downstream } from '../../src/gateway/downstream.ts'
import { EventLoopTurn } from '../../src/gateway/turn.ts'
import { ROUTES } from '../support/gateway.ts'
import { openTls, pseudoFields, statusesIn } from '../support/wire-client.ts'
import { frame, literals, opening } from '../support/wire-h2.ts'
import { type InProcess, openInProcess } from '../support/wire-in-process.ts'
import { credentials, HOST } from '../support/wire-tokens.ts'
import { type RecordingUpstream, startUpstream } from '../support/wire-upstream.ts'

it('while it is held a turn judges none, and then all that have come', async () => {
  const turn = new EventLoopTurn()
  const judged: number[] = []
  const come = (at: number) => turn.judge({ downstream: {} as Downstream, judge: () => void judged.push(at) })
  come(1)
  turn.hold()
  come(2)
  for (let turns = 0; turns < 5; turns++) await nextTurn()
  expect(judged).toEqual([])
  turn.goOn()
  await turn.allJudged()
  expect(judged).toEqual([1, 2])
})

it('a step is taken behind all work of its turn, and at once where it follows from another', async () => {
  const turn = new EventLoopTurn()
  const done: string[] = []
  const take = (step: string) => turn.act(() => void done.push(step))
  turn.act(() => {
    take('first')
    done.push('second')
  })
  turn.compute(() => {
    take('third')
    done.push('work')
  })
  await nextTurn()
  expect(done).toEqual(['work', 'first', 'second', 'third'])
  take('fourth')
  await nextTurn()
  expect(done.at(-1)).toBe('fourth')
})

describe('of what arrives in one turn', () => {
  let upstream: RecordingUpstream
  let listener: InProcess
  let spent = 0
  let whenSpent = () => {}

  beforeAll(async () => {
    upstream = await startUpstream()
    const spend = () => {
      spent++
      whenSpent()
      return 'first' as const
    }
    listener = await openInProcess(
      { upstreams: { bank: { url: `http://127.0.0.1:${upstream.port}` } }, routes: ROUTES },
      { ledger: { spend } },
    )
  })

  afterAll(async () => {
    await listener.stop()
    await upstream.close()
  })

  it('all is served, in its order', async () => {
    const socket = await openTls(listener.port)
    const seen = textOf(socket)
    socket.write([1, 2, 3].map((at) => get(`/status/${at}`)).join(''))
    await expect.poll(() => statusesIn(seen())).toEqual([200, 200, 200])
    expect(upstream.news().map(({ target }) => target)).toEqual(['/status/1', '/status/2', '/status/3'])
    socket.destroy()
  })

  it('all is judged before any is answered, be it refused', async () => {
    const before = listener.records.length
    const socket = await openTls(listener.port, { ALPNProtocols: ['h2'] })
    socket.resume()
    whenSpent = () => expect(listener.records.length).toBe(before)
    const asked = [
      get2('/accounts'),
      get2('/accounts', credentials('/accounts')),
      get2('/nowhere'),
      get2('/status'),
    ]
    const frames = asked.map((fields, at) => frame(0x1, 0x5, 2 * at + 1, literals(fields)))
    socket.write(opening(...frames))
    await expect.poll(() => listener.records.length).toBe(before + 4)
    const statuses = listener.records.slice(before).map(({ status }) => status)
    expect([statuses.toSorted(), spent]).toEqual([[200, 200, 401, 404], 1])
    upstream.news()
    socket.destroy()
  })

  it.each([
    ['that is refused', '/nowhere', '', 404],
    ['that is admitted and cannot be sent on', '/status/looped', 'Via: 1.1 holdfast-test\r\n', 508],
  ])(
    'nothing is served behind an answer that is the last of its connection, to one %s',
    async (_, path, field, status) => {
      const before = listener.records.length
      const socket = await openTls(listener.port)
      const seen = textOf(socket)
      const first = `POST ${path} HTTP/1.1\r\nHost: ${HOST}\r\n${field}Content-Length: 1\r\n\r\nx`
      socket.write(first + get('/status/smuggled'))
      await expect.poll(() => statusesIn(seen())).toEqual([status])
      await wait(200)
      expect(statusesIn(seen())).toEqual([status])
      expect(listener.records.slice(before).map((record) => record.status)).toEqual([status])
      expect(upstream.news()).toEqual([])
      socket.destroy()
    },
  )

  it('a stream that was reset before its turn is recorded, and neither judged nor forwarded', async () => {
    const before = listener.records.length
    const spentBefore = spent
    const socket = await openTls(listener.port, { ALPNProtocols: ['h2'] })
    socket.resume()
    const fields = literals(get2('/accounts', credentials('/accounts')))
    const reset = frame(0x3, 0, 1, Buffer.from([0, 0, 0, 8]))
    socket.write(opening(frame(0x1, 0x5, 1, fields), reset))
    await expect.poll(() => listener.records.length).toBe(before + 1)
    expect(listener.records.at(-1)).toMatchObject({ gone: true, facts: null, decidedAt: null })
    expect(spent).toBe(spentBefore)
    expect(upstream.news()).toEqual([])
    socket.destroy()
  })
})

function textOf(socket: NodeJS.ReadableStream): () => string {
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk
  })
  return () => text
}

function get(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`
}

/** The same for HTTP/2. */
function get2(path: string, fields: readonly string[] = []): string[] {
  return [...pseudoFields('GET', path), ...fields]
}
