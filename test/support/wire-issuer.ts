import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import { join } from 'node:path'
import { published, type SigningKey } from './keys.ts'
import { pkiFolder } from './wire-pki.ts'
import { freePort } from './wire-upstream.ts'

/** An authorization server's metadata and keys over real TLS, that can change its mind and go away. */
export interface TestIssuer {
  /** Its issuer identifier: `https://localhost:PORT`. */
  readonly issuer: string
  readonly ca: string
  /** Keys that it publishes. */
  keys: readonly SigningKey[]
  /** What it answers instead, where there is something. */
  odd: ((request: IncomingMessage, response: ServerResponse) => boolean) | null
  /** Paths that were asked for. */
  readonly asked: string[]
  readonly up: () => Promise<void>
  readonly down: () => Promise<void>
}

/** A server on a port of its own; it is down until `up`. */
export async function testIssuer(...keys: readonly SigningKey[]): Promise<TestIssuer> {
  const pki = await pkiFolder()
  const port = await freePort()
  let server: Server | undefined
  const self: TestIssuer = {
    issuer: `https://localhost:${port}`,
    ca: join(pki, 'as-ca.pem'),
    keys,
    odd: null,
    asked: [],
    up: async () => {
      server = createServer(
        { cert: readFileSync(join(pki, 'as.pem')), key: readFileSync(join(pki, 'as-key.pem')) },
        (request, response) => {
          self.asked.push(request.url as string)
          if (self.odd?.(request, response)) return
          answer(self, request, response)
        },
      )
      await new Promise<void>((resolve) => server?.listen(port, '127.0.0.1', resolve))
    },
    down: async () => {
      const closing = server
      server = undefined
      closing?.closeAllConnections()
      await new Promise<void>((resolve) =>
        closing === undefined ? resolve() : closing.close(() => resolve()),
      )
    },
  }
  return self
}

function answer(self: TestIssuer, request: IncomingMessage, response: ServerResponse): void {
  if (request.url === '/.well-known/openid-configuration')
    return json(response, { issuer: self.issuer, jwks_uri: `${self.issuer}/keys` })
  if (request.url === '/keys') return json(response, published(...self.keys))
  response.writeHead(404).end()
}

export function json(response: ServerResponse, value: unknown): void {
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(value))
}
