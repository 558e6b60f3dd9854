import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { UpstreamRequest } from '../../../src/services/upstream/request-head.ts'
import { Upstream, type UpstreamOptions } from '../../../src/services/upstream/upstream.ts'

export const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
/** Those of the test that runs. */
export const servers: Server[] = []
const upstreams: Upstream[] = []

/** After each test: nothing stays open. */
export function closeAll(): void {
  for (const upstream of upstreams.splice(0)) upstream.close()
  for (const server of servers.splice(0)) server.close()
}

/** An upstream that does this with each connection and with what comes on it; `connections` counts them, `open` those that are left. */
export async function upstreamThat(
  does: (text: string, socket: Socket, requests: number) => void,
  changes: Partial<UpstreamOptions> = {},
) {
  const seen = { connections: 0, open: 0, text: '' }
  const server = createServer((socket) => {
    seen.connections++
    seen.open++
    socket.once('close', () => seen.open--)
    server.once('says', (text) => socket.write(text))
    let requests = 0
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      const text = chunk.toString('latin1')
      seen.text += text
      if (/^[A-Z]+ \//.test(text)) requests++
      does(text, socket, requests)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  servers.push(server)
  const upstream = new Upstream({
    ...{ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, socketPath: null },
    ...{
      timeout: 2_000,
      connectTimeout: 2_000,
      connections: 1,
      ca: null,
      certificate: null,
      privateKey: null,
    },
    ...changes,
  })
  upstreams.push(upstream)
  return { upstream, seen }
}

/** Takes an answer, and says nothing. */
export const SILENT = { onHead: () => {}, onData: () => {}, onEnd: () => {}, onError: () => {} }

/** The body of the answer, or the error's code. */
export function ask(
  upstream: Upstream,
  changes: Partial<UpstreamRequest> = {},
  anew = false,
): Promise<string> {
  const request = {
    client: 'one',
    method: 'GET',
    target: '/',
    fields: ['host', 'x'],
    body: null,
    bodyLength: null,
    ...changes,
  }
  return new Promise((resolve) => {
    let body = ''
    const handler = {
      onHead: () => {},
      onData: (part: Buffer) => {
        body += part
      },
      onEnd: () => resolve(body),
      onError: (error: NodeJS.ErrnoException & { wasStale?: boolean }) =>
        resolve(`${error.code ?? error.message}${error.wasStale === true ? ', stale' : ''}`),
    }
    upstream.send(request, handler, anew)
  })
}
