import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An upstream for bodies, a process of its own: `GET /bytes/N` answers N octets, a body that comes is swallowed. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  request.resume()
  if (request.method !== 'GET') {
    request.once('end', () => response.writeHead(200, { 'content-length': 2 }).end('ok'))
    return
  }
  const size = Number(/^\/bytes\/(\d{1,10})$/.exec(request.url ?? '')?.[1] ?? 0)
  response.writeHead(200, { 'content-length': size, 'content-type': 'application/octet-stream' })
  let left = size
  const pour = () => {
    while (left > 0) {
      const part = left >= CHUNK.length ? CHUNK : CHUNK.subarray(0, left)
      left -= part.length
      if (!response.write(part)) return response.once('drain', pour)
    }
    return response.end()
  }
  pour()
}

const CHUNK = Buffer.alloc(64 * 1024, 'x')

const server = createServer(answer).listen(0, '127.0.0.1', () =>
  process.send?.((server.address() as AddressInfo).port),
)
process.once('disconnect', () => process.exit(0))
