import { randomInt } from 'node:crypto'
import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'
import { pseudoFields, statusesIn } from '../support/wire-client.ts'
import { frame, literals, opening } from '../support/wire-h2.ts'
import { HOST } from '../support/wire-tokens.ts'
import { dial, headText } from './broken-off.ts'
import { idFields } from './honest.ts'
import { proved } from './identities.ts'
import { NO_CONNECTION } from './wire.ts'
import { type Deed, oneOf, type World } from './world.ts'

/** What no HTTP client sends: malformed octets, and floods of what is well formed. */
export const abuse: readonly Deed[] = [
  ...Object.entries(malformed()).map(([name, octets]) => ({
    kind: 'malformed request',
    weight: 0.6,
    run: (world: World) => sendMalformed(world, name, octets),
  })),
  { kind: 'slow head', weight: 0.6, run: slowHead },
  { kind: 'pipelined', weight: 0.6, run: pipelined },
  { kind: 'not TLS', weight: 1, run: notTls },
  { kind: 'dials and goes', weight: 1, run: dials },
  flood('rapid reset', (stream, world) => [
    request(stream, world),
    frame(0x3, 0, stream, Buffer.of(0, 0, 0, 8)),
  ]),
  flood('provoked resets', (stream, world) => [
    request(stream, world),
    frame(0x8, 0, stream, Buffer.alloc(4)),
  ]),
  flood('pings', () => [frame(0x6, 0, 0, Buffer.alloc(8))]),
  flood('settings', () => [frame(0x4, 0, 0)]),
  flood('header blocks without end', (stream) => [frame(stream === 1 ? 0x1 : 0x9, 0, 1, Buffer.alloc(8))]),
  flood('rubbish frames', () => [
    frame(randomInt(12), randomInt(64), randomInt(5), Buffer.alloc(randomInt(40), 7)),
  ]),
]

/** Heads in which something is wrong; `FIELDS` stands for good credentials and an id. */
function malformed(): { readonly [name: string]: string } {
  const get = 'GET /accounts/1 HTTP/1.1\r\nFIELDS'
  const post = 'POST /accounts/1 HTTP/1.1\r\nFIELDS'
  return {
    'two framings': `${post}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    'two lengths': `${post}Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd`,
    'a length that is none': `${post}Content-Length: +4\r\n\r\nabcd`,
    'chunks that are none': `${post}Transfer-Encoding: chunked\r\n\r\nzz\r\nabcd\r\n`,
    'chunk extensions without end': `${post}Transfer-Encoding: chunked\r\n\r\n1;${'x'.repeat(40_000)}`,
    'a space before the colon': `${get}X-A : b\r\n\r\n`,
    'a folded field': `${get}X-A: b\r\n c\r\n\r\n`,
    'a NUL': `${get}X-A: b\0c\r\n\r\n`,
    'another version': `${get.replace('1.1', '9.1')}\r\n`,
    'no host': `${get.replace(/Host: [^\r]+\r\n/, '')}Host: elsewhere.example\r\n\r\n`,
    'a head too large': `${get}X-A: ${'x'.repeat(40_000)}\r\n\r\n`,
    'fields without end': `${get}${'X-A: b\r\n'.repeat(300)}\r\n`,
    CONNECT: 'CONNECT api.bank.example:443 HTTP/1.1\r\nFIELDS\r\n',
    rubbish: '\x16\x03\x01 rubbish \xff\xfe\r\n\r\n',
  }
}

/** The upstream must not see it: some of these are read in two ways. */
async function sendMalformed(world: World, name: string, octets: string): Promise<void> {
  const kind = 'malformed request'
  const method = octets.startsWith('POST') ? 'POST' : 'GET'
  const id = world.book.enter({ kind, method, expected: 'refuse' })
  const socket = await dial(world)
  // A body that turns out to be malformed behind a good head has no good credentials, or it would rightly have begun to pass.
  const isInBody = name.startsWith('chunk')
  const fields = isInBody
    ? idFields(id)
    : [...idFields(id), ...proved(oneOf(world.dpop), method, '/accounts/1')]
  const text = headText('X', 'x', fields).split('\r\n').slice(1, -2).join('\r\n')
  socket.write(octets.replace('FIELDS', `${text}\r\n`), 'latin1')
  const answer = await answered(socket, 15_000)
  world.book.came(kind, statusesIn(answer.text).join(' ') || 'closed')
  if (statusesIn(answer.text).some((status) => status < 400))
    world.book.violated('what is malformed was answered', `${name}: ${answer.text.slice(0, 300)}`)
  if (!answer.isOver) world.book.violated('a request was neither answered nor closed', `${kind}: ${name}`)
  socket.destroy()
}

/** Until an answer came, or the connection was closed. */
async function answered(socket: TLSSocket, within: number): Promise<{ text: string; isOver: boolean }> {
  let text = ''
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1')
  })
  for (const deadline = Date.now() + within; Date.now() < deadline; await wait(50))
    if (statusesIn(text).length > 0 || socket.destroyed || socket.readableEnded) return { text, isOver: true }
  return { text, isOver: false }
}

async function slowHead(world: World): Promise<void> {
  const socket = await dial(world)
  socket.resume()
  socket.write(`GET /accounts/1 HTTP/1.1\r\nHost: ${HOST}\r\n`)
  for (let at = 0; at < 20 && !socket.destroyed; at++) {
    if (socket.writable) socket.write(`X-${at}: b\r\n`)
    await wait(300)
  }
  world.book.came('slow head', socket.destroyed ? 'closed by the gateway' : 'given up')
  socket.destroy()
}

/** Honest requests, all at once behind each other, the last of which says so. */
async function pipelined(world: World): Promise<void> {
  const kind = 'pipelined'
  const dialled = performance.now()
  const socket = await dial(world)
  const isSlow = performance.now() - dialled >= world.wire.slowTls
  if (socket.destroyed) return world.book.came(kind, NO_CONNECTION)
  const ids = Array.from({ length: 8 }, () => world.book.enter({ kind, method: 'GET', expected: 'either' }))
  const heads = ids.map((id) =>
    headText('GET', '/accounts/1', [...idFields(id), ...proved(oneOf(world.dpop), 'GET', '/accounts/1')]),
  )
  let text = ''
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1')
  })
  socket.write(heads.join(''))
  for (const deadline = Date.now() + 30_000; Date.now() < deadline && !socket.destroyed; await wait(50))
    if (statusesIn(text).length === ids.length) break
  if (isSlow && socket.destroyed && text === '') return world.book.came(kind, NO_CONNECTION)
  world.book.came(kind, `${statusesIn(text).length} answers`)
  const echoes = [...text.matchAll(/x-soak-echo: (\S+)/gi)].map(([, id]) => id as string)
  const inOrder = ids.filter((id) => echoes.includes(id))
  if (echoes.join() !== inOrder.join()) world.book.violated("another's answer", `${kind}: ${echoes}`)
  if (statusesIn(text).length < ids.length)
    world.book.violated(
      'pipelined requests were left unanswered',
      `${socket.destroyed ? 'closed' : 'open'} after ${Math.round(performance.now() - dialled)} ms: ${text.slice(-300)}`,
    )
  socket.destroy()
}

async function notTls(world: World): Promise<void> {
  const socket = connect(world.open, '127.0.0.1')
  socket.on('error', () => {})
  socket.resume()
  socket.write(Buffer.alloc(randomInt(1, 600), randomInt(256)))
  for (let at = 0; at < 100 && !socket.destroyed; at++) await wait(50)
  world.book.came('not TLS', socket.destroyed ? 'closed by the gateway' : 'given up')
  socket.destroy()
}

/** A handful of connections that never begin with TLS. */
async function dials(world: World): Promise<void> {
  const sockets = Array.from({ length: 10 }, () => {
    const socket = connect(world.open, '127.0.0.1')
    return socket.on('error', () => {}).resume()
  })
  await wait(randomInt(500))
  for (const socket of sockets) socket.resetAndDestroy()
  world.book.came('dials and goes', 'gone')
}

/** Frames of HTTP/2, over and over until the gateway has enough, or for so long. */
function flood(kind: string, frames: (stream: number, world: World) => readonly Buffer[]): Deed {
  const run = async (world: World) => {
    const socket = await dial(world, 'h2')
    socket.resume()
    socket.write(opening())
    for (let at = 0; at < 30 && !socket.destroyed; at++) {
      const some = Array.from({ length: 20 }, (_, index) => frames(2 * (at * 20 + index) + 1, world))
      if (socket.writable) socket.write(Buffer.concat(some.flat()))
      await wait(20)
    }
    for (let at = 0; at < 40 && !socket.destroyed; at++) await wait(50)
    world.book.came(`flood of ${kind}`, socket.destroyed ? 'closed by the gateway' : 'endured')
    socket.destroy()
  }
  return { kind: `flood of ${kind}`, weight: 0.3, run }
}

/** Without credentials. */
function request(stream: number, { book }: World): Buffer {
  const id = book.enter({ kind: 'flood', method: 'GET', expected: 'refuse' })
  const head = pseudoFields('GET', '/accounts/1')
  return frame(0x1, 0x5, stream, literals([...head, ...idFields(id)]))
}
