import type { Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import type { Connection } from '../../../src/services/upstream/connection.ts'
import { beyondShares, heldBy } from '../../../src/services/upstream/shares.ts'
import type { Upstream } from '../../../src/services/upstream/upstream.ts'
import { ask, closeAll, SILENT, servers, upstreamThat } from './upstream-that.ts'

afterEach(closeAll)

const BEGUN = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no'
const WHOLE = `${BEGUN}k`

/** An upstream with four connections that answers `/part` with half an answer, another GET with a whole one, and a POST not at all. */
function four(changes: object = {}) {
  const answer = (text: string) => (text.startsWith('GET /part') ? BEGUN : WHOLE)
  return upstreamThat((text, socket) => void (text.startsWith('GET') && socket.write(answer(text))), {
    connections: 4,
    timeout: 60_000,
    ...changes,
  })
}

/** Calls whose client takes nothing beyond the beginning; each name comes here with the error that ends it. */
function leaveLying(upstream: Upstream, client: string, count: number, ended: string[]): Promise<unknown> {
  return Promise.all(
    Array.from({ length: count }, () => {
      const begun = Promise.withResolvers<void>()
      const call = upstream.send(
        { client, method: 'GET', target: '/part', fields: ['host', 'x'], body: null, bodyLength: null },
        {
          onHead: () => {},
          onData: () => {
            call.pause()
            begun.resolve()
          },
          onEnd: () => {},
          onError: ({ code }: NodeJS.ErrnoException) => void ended.push(`${client} ${code}`),
        },
      )
      return begun.promise
    }),
  )
}

/** A client that takes nothing of its answer keeps the only connection from another for as long as it may, and no longer. */
async function losesItInTime(upstream: Upstream): Promise<void> {
  const ended: string[] = []
  await leaveLying(upstream, 'slow', 1, ended)
  const before = performance.now()
  expect(await ask(upstream, { client: 'one' })).toBe('ok')
  expect(performance.now() - before).toBeGreaterThan(900)
  expect(ended).toEqual(['slow LEFT_WAITING'])
}

describe('the connections to an upstream', () => {
  it('are not kept by one client that leaves its answers lying while others wait', async () => {
    const { upstream } = await four()
    const ended: string[] = []
    await leaveLying(upstream, 'greedy', 4, ended)
    const before = performance.now()
    const answers = await Promise.all(['one', 'two'].map((client) => ask(upstream, { client })))
    expect(answers).toEqual(['ok', 'ok'])
    expect(performance.now() - before).toBeGreaterThan(900)
    expect(ended).toEqual(['greedy LEFT_WAITING', 'greedy LEFT_WAITING'])
  })

  it('nor by one that sends its bodies slowly', async () => {
    const { upstream } = await four()
    const bodies = Array.from({ length: 4 }, () => new PassThrough())
    const slow = bodies.map((body) =>
      ask(upstream, { client: 'greedy', method: 'POST', body, bodyLength: 1_000 }),
    )
    const drips = setInterval(() => {
      for (const body of bodies) if (!body.destroyed) body.write('x')
    }, 20)
    await wait(300)
    expect(await ask(upstream, { client: 'one' })).toBe('ok')
    expect(await Promise.race(slow)).toBe('LEFT_WAITING')
    clearInterval(drips)
  })

  it('but a body that has come whole is not given up, however slowly it came: what it asks for may be done', async () => {
    const { upstream } = await upstreamThat(
      (text, socket) => {
        if (text.startsWith('GET')) socket.write(WHOLE)
        else if (text.endsWith('!')) setTimeout(() => socket.write(WHOLE), 1_500)
      },
      { connections: 2, timeout: 60_000 },
    )
    const bodies = [new PassThrough(), new PassThrough()]
    const slow = bodies.map((body) => ask(upstream, { client: 'slow', method: 'POST', body, bodyLength: 2 }))
    for (const body of bodies) body.write('x')
    await wait(1_400)
    for (const body of bodies) body.end('!')
    await wait(50)
    expect(await ask(upstream, { client: 'one' })).toBe('ok')
    expect(await Promise.all(slow)).toEqual(['ok', 'ok'])
  })

  it('stay with whoever has no more than a share, however slow', async () => {
    const { upstream } = await four()
    const ended: string[] = []
    await leaveLying(upstream, 'slow', 1, ended)
    await wait(500)
    await leaveLying(upstream, 'greedy', 3, ended)
    expect(await ask(upstream, { client: 'one' })).toBe('ok')
    expect(ended).toEqual(['greedy LEFT_WAITING'])
  })

  it('nor are they lost for how long those before have kept them waiting', async () => {
    const { upstream } = await four({ connections: 1 })
    const kept = Promise.withResolvers<void>()
    const first = upstream.send(
      { client: 'before', method: 'GET', target: '/part', fields: [], body: null, bodyLength: null },
      {
        onHead: () => {
          first.pause()
          setTimeout(() => first.resume(), 1_500)
        },
        onData: () => servers[0]?.emit('says', 'k'),
        onEnd: kept.resolve,
        onError: kept.reject,
      },
    )
    await kept.promise
    await losesItInTime(upstream)
  })

  it('nor for how long the upstream has kept them waiting', async () => {
    const { upstream } = await upstreamThat(
      (text, socket) =>
        void (text.startsWith('GET /part')
          ? setTimeout(() => socket.write(BEGUN), 1_500)
          : socket.write(WHOLE)),
      { timeout: 60_000 },
    )
    await losesItInTime(upstream)
  })

  it('and nobody loses one to calls of its own, or where nobody waits', async () => {
    const { upstream } = await four({ connectTimeout: 800 })
    const ended: string[] = []
    await leaveLying(upstream, 'greedy', 4, ended)
    await wait(1_500)
    expect(await ask(upstream, { client: 'greedy' })).toBe('QUEUE_TIMEOUT')
    expect(ended).toEqual([])
  })

  it('are not taken from an upstream that is slow itself', async () => {
    const mute = await upstreamThat(() => {}, { connections: 4, timeout: 60_000, connectTimeout: 800 })
    const slow = Array.from({ length: 4 }, () => ask(mute.upstream, { client: 'greedy' }))
    expect(await ask(mute.upstream, { client: 'one' })).toBe('QUEUE_TIMEOUT')
    expect(await Promise.race([...slow, wait(10, 'under way')])).toBe('under way')
  })

  describe('go to the client that holds the fewest as it becomes free', () => {
    /** Two connections, held by `slow` and by `other`; the sockets of what is held, and what has come of what waited. */
    async function twoHeld() {
      const holding: Socket[] = []
      const { upstream } = await upstreamThat(
        (text, socket) => {
          if (text.startsWith('GET /reset')) socket.destroy()
          else if (text.startsWith('GET /hold')) holding.push(socket)
          else socket.write(WHOLE)
        },
        { connections: 2, timeout: 60_000 },
      )
      const order: string[] = []
      const asks = async (client: string, target: string) => {
        order.push(`${client} ${await ask(upstream, { client, target })}`)
      }
      for (const client of ['slow', 'other']) {
        void asks(client, '/hold')
        await expect.poll(() => holding.length).toBe(client === 'slow' ? 1 : 2)
      }
      return { holding, order, asks }
    }

    it('whatever it held before', async () => {
      const { holding, order, asks } = await twoHeld()
      const waiting = [asks('slow', '/'), asks('one', '/reset'), asks('one', '/'), asks('one', '/')]
      holding[1]?.write(WHOLE)
      await Promise.all(waiting)
      expect(order).toEqual(['other ok', 'one CLOSED, stale', 'one ok', 'one ok', 'slow ok'])
    })

    it('and what it waited for counts as what it came upon', async () => {
      const { holding, order, asks } = await twoHeld()
      void asks('one', '/hold')
      holding[1]?.write(WHOLE)
      await expect.poll(() => holding.length).toBe(3)
      const waiting = [asks('one', '/'), asks('slow', '/')]
      holding[0]?.write(WHOLE)
      await Promise.all(waiting)
      expect(order).toEqual(['other ok', 'slow ok', 'slow ok', 'one ok'])
    })
  })

  it('and a quarter of the queue is all that one client has', async () => {
    const { upstream } = await upstreamThat(() => {}, { connections: 1 })
    const waits = () => void ask(upstream, { client: 'greedy' })
    for (let count = 0; count < 1 + 3; count++) waits()
    expect(upstream.isBusyFor('greedy')).toBe(false)
    waits()
    expect(['greedy', 'one'].map((client) => upstream.isBusyFor(client))).toEqual([true, false])
    for (let count = 0; count < 12; count++) void ask(upstream, { client: `${count}` })
    expect(upstream.isBusyFor('one')).toBe(true)
  })

  it('in which what is given up has no place', async () => {
    const { upstream } = await upstreamThat(() => {}, { connections: 1 })
    const request = { client: 'greedy', method: 'GET', target: '/', fields: [], body: null, bodyLength: null }
    const calls = Array.from({ length: 1 + 4 }, () => upstream.send(request, SILENT))
    expect(upstream.isBusyFor('greedy')).toBe(true)
    calls.at(-1)!.abort()
    expect(upstream.isBusyFor('greedy')).toBe(false)
  })

  it('nor do four clients, or more, have all of the queue', async () => {
    const { upstream } = await upstreamThat(() => {}, { connections: 1 })
    for (let count = 0; count < 100; count++) {
      const client = `greedy ${count % 5}`
      if (!upstream.isBusyFor(client)) void ask(upstream, { client })
    }
    expect(upstream.isBusyFor('greedy 0')).toBe(true)
    expect(upstream.isBusyFor('one')).toBe(false)
  })
})

/** Which are given up: `a3` is a connection of `a` that has waited for 3 ticks. `queued`: how many calls of each client wait for one. */
function givenUp(names: string, queued: Record<string, number>): string {
  const all = names.split(' ').map((name) => ({ name, client: name[0], waited: Number(name.slice(1)) }))
  const connections = all as unknown as Connection[]
  const queue = { clients: Object.keys(queued), sizeFor: (client: string) => queued[client] ?? 0 }
  const held = heldBy(connections)
  const chosen = beyondShares(connections, held, queue, 1)
  // What each has is for the pool to count.
  expect(held).toEqual(heldBy(connections))
  return chosen.map((each) => (each as unknown as (typeof all)[number]).name).join(' ')
}

describe('of connections beyond the shares', () => {
  it.each([
    ['the one that has waited the longest is given up', 'a3 a5 a4 a2', { b: 1 }, 'a5'],
    ['as many as are missing to a share, and no more', 'a9 a8 a7 a6 b5 b4 b3 b2', { c: 5 }, 'a9 a8 b5'],
    ['one goes also where a share is no whole number', 'a5 a4 b3 b2', { c: 1 }, 'a5'],
    ['one goes though whoever has too many asks for more', 'a5 a4 a3 a2', { a: 5, b: 1 }, 'a5'],
    ['none is of a client that has just its share', 'a9 a8 b1 c4 c3 c2', { b: 1 }, 'c4'],
  ])('%s', (_, names, queued, chosen) => {
    expect(givenUp(names, queued)).toBe(chosen)
  })
})
