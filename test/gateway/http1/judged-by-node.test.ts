import { createServer, METHODS } from 'node:http'
import { type Duplex, duplexPair, type Readable } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { expect, it } from 'vitest'
import type { Connection } from '../../../src/gateway/downstream.ts'
import { Http1Connection } from '../../../src/gateway/http1/connection.ts'
import { damaged, PIECES } from '../../support/damaged.ts'
import { seeded } from '../../support/seeded.ts'

/**
 * Node's own parser as the judge of ours: requests with something wrong in them, or not, one behind the other, go through both. Whatever we
 * take, Node takes too, for the same method, target, fields and body, and ends it at the same octet; so nobody who reads like Node
 * sees a request where we see none. (What we refuse, Node may take: it is the more lenient of the two.)
 */
it('whatever we take, node:http takes for the same', async () => {
  const random = seeded(20261126)
  let taken = 0
  let refused = 0
  for (let round = 0; round < ROUNDS; round++) {
    const octets = [0, 1].map(() => damaged(random.pick(REQUESTS), random, 2, OF_REQUESTS)).join('')
    const whole = await readByUs(octets, () => octets.length)
    const inPieces = await readByUs(octets, () => 1 + random.below(60))
    expect({ octets, requests: inPieces.requests }).toEqual({ octets, requests: whole.requests })
    taken += whole.requests.length
    if (whole.isRefused) refused++
    // Methods and targets are for others to judge here; Node has a list of the ones, and rules for the others.
    const unknown = whole.requests.findIndex(
      ({ method, target }) => !METHODS.includes(method) || !ORDINARY.test(target),
    )
    const ours = unknown < 0 ? whole.requests : whole.requests.slice(0, unknown)
    const theirs = await readByNode(octets)
    expect({ octets, requests: theirs.slice(0, ours.length) }).toEqual({ octets, requests: ours })
  }
  // A generator that makes one kind alone judges nothing.
  expect([taken > ROUNDS / 5, refused > ROUNDS / 5]).toEqual([true, true])
}, 180_000)

interface Request {
  readonly method: string
  readonly target: string
  readonly fields: readonly string[]
  readonly body: string
}

async function readByUs(
  octets: string,
  size: () => number,
): Promise<{ readonly requests: readonly Request[]; readonly isRefused: boolean }> {
  const [near, far] = duplexPair()
  const requests: Request[] = []
  let isRefused = false
  const socket = Object.assign(far, { setTimeout: () => far }) as unknown as TLSSocket
  new Http1Connection(socket, socket, { peer: null } as Connection, LIMITS, {
    open: (downstream) => {
      const { method, target, fields } = downstream.raw
      void textOf(downstream.body).then((body) => {
        if (body === undefined) return downstream.abort()
        requests.push({ method, target, fields, body })
        downstream.begin(204, [])
        downstream.end()
      })
    },
    slowRead: () => {},
    fault: () => {
      isRefused = true
      return ''
    },
  })
  for (let at = 0; at < octets.length; ) {
    const end = at + size()
    near.write(octets.slice(at, end), 'latin1')
    at = end
  }
  await ended(near)
  return { requests, isRefused }
}

async function readByNode(octets: string): Promise<readonly Request[]> {
  const [near, far] = duplexPair()
  const requests: Request[] = []
  const server = createServer({ requireHostHeader: false, maxHeaderSize: 64 * 1024, keepAliveTimeout: 0 })
  for (const event of ['request', 'checkContinue', 'checkExpectation'])
    server.on(event, async (request, response) => {
      const body = await textOf(request)
      if (body === undefined) return
      const { method, url: target, rawHeaders: fields } = request
      requests.push({ method, target, fields, body })
      response.writeHead(204).end()
    })
  server.on('connect', (_, socket) => socket.destroy())
  // What came whole before it is told first.
  server.on('clientError', (_, socket) => void turns().then(() => socket.destroy()))
  server.emit('connection', far)
  near.write(octets, 'latin1')
  await ended(near)
  return requests
}

/** Waits until nothing more comes of what was sent. */
async function ended(near: Duplex): Promise<void> {
  near.on('error', () => {})
  near.resume()
  await turns()
  near.destroy()
}

async function turns(): Promise<void> {
  for (let left = TURNS; left > 0; left--) await new Promise(setImmediate)
}

/** Undefined where it breaks off. */
function textOf(body: Readable): Promise<string | undefined> {
  let text = ''
  return new Promise((resolve) => {
    body.on('data', (part: Buffer) => {
      text += part.toString('latin1')
    })
    body.on('end', () => resolve(text))
    body.on('error', () => {})
    body.on('close', () => resolve(undefined))
  })
}

const ROUNDS = 6_000
/** Of the event loop, until whatever is read is read. */
const TURNS = 12
const LIMITS = { headerSize: 64 * 1024, headerTimeout: 60_000, idleTimeout: 60_000 }
const ORDINARY = /^(?:\/|\*$)/
const REQUESTS = [
  'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET /x?y=%20 HTTP/1.1\r\nHost: a\r\nAuthorization: DPoP x.y.z\r\nX-Empty:\r\n\r\n',
  'POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello',
  'PUT /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;a=b\r\n world\r\n0\r\n\r\n',
  'POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\nA\r\n0123456789\r\n0\r\nX-Trailer: 1\r\n\r\n',
  'DELETE /d HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nExpect: 100-continue\r\n\r\n',
  'OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n',
  'GET / HTTP/1.0\r\nHost: a\r\n\r\n',
]
const OF_REQUESTS = [...PIECES, 'GET ', 'CONNECT ', ' HTTP/1.1\r\n', '#', '/']
