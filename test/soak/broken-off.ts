import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { connect, type TLSSocket } from 'node:tls'
import { HOST } from '../support/wire-tokens.ts'
import { expectOwn, outcomeOf } from './expect.ts'
import { idFields } from './honest.ts'
import { proved } from './identities.ts'
import { digestOf } from './marks.ts'
import type { Wanted } from './wire.ts'
import { type Deed, oneOf, versionOf, type World } from './world.ts'

/** Clients with good credentials who go away in the middle, or keep others waiting. */
export const brokenOff: readonly Deed[] = [
  cutting('upload broken off', 4, '/payments/1', 'PUT', { octets: 2_000_000, cut: { sent: 300_000 } }),
  cutting('held body broken off', 4, '/held/1', 'POST', { octets: 90_000, cut: { sent: 20_000 } }),
  cutting('download broken off', 4, '/accounts/1', 'GET', {
    ...{ query: 'octets=3000000', octets: null, cut: { received: 200_000 } },
  }),
  cutting('evidence, gone before the answer', 2, '/noted/1', 'POST', {
    ...{ query: 'delay=500', octets: 20, cut: { sent: 20 } },
  }),
  cutting('gone before the answer', 2, '/accounts/1', 'POST', {
    ...{ query: 'delay=500', octets: 20, cut: { sent: 20 } },
  }),
  { kind: 'reset in the middle', weight: 3, run: reset },
  { kind: 'slow reader', weight: 0.6, run: slowReader },
  { kind: 'slow body', weight: 0.6, run: (world) => slowBody(world, '/payments/1') },
  { kind: 'slow held body', weight: 0.6, run: (world) => slowBody(world, '/held/1') },
]

interface Cutting extends Pick<Wanted, 'octets' | 'cut'> {
  readonly query?: string
}

function cutting(kind: string, weight: number, path: string, method: string, how: Cutting): Deed {
  const { query, ...changes } = how
  return {
    kind,
    weight,
    run: async (world) => {
      const isKept = path === '/noted/1'
      const identity = oneOf(isKept ? world.opaque : world.dpop)
      const id = world.book.enter({ kind, method, expected: 'either', client: identity.name, isKept })
      const digest = path === '/held/1' ? ['content-digest', digestOf(id, changes.octets ?? 0)] : []
      const wanted: Wanted = {
        ...{ id, method, port: world.open, version: versionOf(), certificate: null },
        target: query === undefined ? path : `${path}?${query}`,
        fields: [...idFields(id), ...proved(identity, method, path), ...digest],
        isChunked: randomInt(2) === 0,
        ...changes,
      }
      const got = await world.wire.send(wanted)
      world.book.came(kind, outcomeOf(got))
      expectOwn(world.book, kind, wanted, got)
    },
  }
}

/** A connection that is reset (RST) while its request, or the answer to it, is under way. */
async function reset(world: World): Promise<void> {
  const socket = await dial(world)
  const half = head(world, 'reset in the middle', 'POST', '/accounts/1?delay=200', 20)
  socket.write(half + 'x'.repeat(randomInt(0, 20)))
  await wait(randomInt(0, 100))
  await end(world, 'reset in the middle', socket)
}

/** Asks for much and takes little of it. */
async function slowReader(world: World): Promise<void> {
  const socket = await dial(world)
  socket.pause()
  socket.write(head(world, 'slow reader', 'GET', '/accounts/1?octets=5000000', null))
  for (let at = 0; at < 20 && !socket.destroyed; at++) {
    socket.read(10_000)
    await wait(300)
  }
  await end(world, 'slow reader', socket)
}

/** Sends an octet now and then. */
async function slowBody(world: World, path: string): Promise<void> {
  const kind = path === '/held/1' ? 'slow held body' : 'slow body'
  const socket = await dial(world)
  socket.resume()
  socket.write(head(world, kind, 'POST', path, 50_000))
  for (let at = 0; at < 40 && !socket.destroyed; at++) {
    if (socket.writable) socket.write('x')
    await wait(300)
  }
  await end(world, kind, socket)
}

function head(world: World, kind: string, method: string, target: string, octets: number | null): string {
  const identity = oneOf(world.dpop)
  const path = target.split('?')[0] as string
  // Never whole, so what is held back never passes.
  const id = world.book.enter({ kind, method, expected: path === '/held/1' ? 'refuse' : 'either' })
  const digest = path === '/held/1' ? ['content-digest', digestOf(id, octets ?? 0)] : []
  const fields = [...idFields(id), ...proved(identity, method, path), ...digest]
  const length = octets === null ? [] : ['content-length', String(octets)]
  return headText(method, target, [...fields, ...length])
}

export function headText(method: string, target: string, fields: readonly string[]): string {
  let text = `${method} ${target} HTTP/1.1\r\nHost: ${HOST}\r\n`
  for (let at = 0; at < fields.length; at += 2) text += `${fields[at]}: ${fields[at + 1]}\r\n`
  return `${text}\r\n`
}

/** A TLS connection of its own; destroyed already where there is none to be had. */
export async function dial(
  { open, ca }: World,
  protocol: 'http/1.1' | 'h2' = 'http/1.1',
): Promise<TLSSocket> {
  const below = connectTcp(open, '127.0.0.1')
  const socket = connect({ socket: below, servername: HOST, ca, ALPNProtocols: [protocol] })
  resets.set(socket, () => below.resetAndDestroy())
  socket.on('error', () => {})
  await Promise.race([once(socket, 'secureConnect'), once(socket, 'close')]).catch(() => {})
  return socket
}

async function end({ book }: World, kind: string, socket: TLSSocket): Promise<void> {
  book.came(kind, socket.destroyed || socket.readableEnded ? 'closed by the gateway' : 'reset by the client')
  resets.get(socket)?.()
}

/** TLS has no reset of its own. */
const resets = new WeakMap<TLSSocket, () => void>()
