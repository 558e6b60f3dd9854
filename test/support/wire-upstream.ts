import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import {
  type AddressInfo,
  createServer as createTcp,
  type ListenOptions,
  type Server,
  type Socket,
} from 'node:net'

/** A request as an upstream got it. */
export interface Seen {
  readonly method: string
  readonly target: string
  readonly version: string
  /** Flat and raw, as they came. */
  readonly fields: readonly string[]
  readonly trailers: readonly string[]
  readonly body: Buffer
  /** All values of a field, whatever the case of its name. */
  readonly all: (name: string) => string[]
}

export interface RecordingUpstream {
  readonly port: number
  /** Everything it ever saw, heads whose bodies never ended included. */
  readonly seen: Seen[]
  /** What was seen since the last call of it. */
  readonly news: () => Seen[]
  readonly close: () => Promise<void>
}

export type Answer = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void

/** A real upstream that keeps what it sees. It reads whole bodies, then answers; `early` may answer before that. */
export async function startUpstream(
  answer: Answer = (_, response) => response.end('{"from":"upstream"}'),
  early: (request: IncomingMessage, response: ServerResponse) => boolean = () => false,
): Promise<RecordingUpstream> {
  const seen: Seen[] = []
  let read = 0
  const server = createServer({ maxHeaderSize: 65_536 }, (request, response) => {
    const chunks: Buffer[] = []
    const entry = seenOf(request, chunks)
    seen.push(entry)
    request.on('error', () => {})
    if (early(request, response)) return
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => answer(request, response, Buffer.concat(chunks)))
  })
  server.on('checkContinue', (request, response) => server.emit('request', request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    news: () => {
      const news = seen.slice(read)
      read = seen.length
      return news
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function seenOf(request: IncomingMessage, chunks: readonly Buffer[]): Seen {
  return {
    method: request.method as string,
    target: request.url as string,
    version: request.httpVersion,
    fields: request.rawHeaders,
    get trailers() {
      return request.rawTrailers
    },
    get body() {
      return Buffer.concat(chunks)
    },
    all: (name) => valuesOf(request.rawHeaders, name),
  }
}

/** All values of a field in a flat list. */
export function valuesOf(flat: readonly string[], name: string): string[] {
  return flat.filter((_, at) => at % 2 === 1 && (flat[at - 1] as string).toLowerCase() === name.toLowerCase())
}

/**
 * A port of 127.0.0.1 that nobody listens on, nor will but who asked. It is none of those that the system gives to whoever
 * asks for any, and a name for it is held as long as this process lives, so that no other test is given it.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST_PORT, HIGHEST_PORT)
    const name = createTcp().unref()
    try {
      await bound(name, { path: `\0holdfast test port ${port}` })
      const probe = createTcp()
      await bound(probe, { port, host: '127.0.0.1' })
      await new Promise((resolve) => probe.close(resolve))
      return port
    } catch {
      name.close()
    }
  }
}

function bound(server: Server, where: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(where, resolve)
  })
}

/** Below what Linux takes by itself (`ip_local_port_range`). */
const [LOWEST_PORT, HIGHEST_PORT] = [12_000, 32_000]

/** A server of raw TCP that does to each connection what it is told; gives its port. */
export async function listening(onSocket: (socket: Socket) => void, servers: Server[]): Promise<number> {
  const server = createTcp((socket) => {
    socket.on('error', () => {})
    onSocket(socket)
  }).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
