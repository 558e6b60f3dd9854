import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Server } from 'node:net'
import { answer } from './answer.ts'
import { type Asked, hostOf, type Stranger, strangerOf } from './guard.ts'

export interface AddressSettings {
  /** Its key in the configuration. */
  readonly key: string
  readonly bind: { readonly host: string; readonly port: number }
  /** Names under which it is called, besides IP addresses, localhost and the one that it is bound to. */
  readonly hosts?: readonly string[]
}

export interface OpenAddress {
  readonly port: number
  close(): Promise<void>
}

/** Answers a request for a path, which is without its query. */
export type Serve = (path: string, request: IncomingMessage, response: ServerResponse) => Promise<void>

/** Opens an address over plain HTTP, to which web pages have no way. Rejects with the system's error. */
export async function openAddress(settings: AddressSettings, serve: Serve): Promise<OpenAddress> {
  const strangerAt = guardOf(settings)
  const server = createServer(PATIENCE, (request, response) => {
    const stranger = strangerAt(request)
    if (stranger !== undefined) return answer(response, stranger.status, stranger.says)
    const [path = ''] = (request.url ?? '').split('?', 1)
    serve(path, request, response).catch((problem) => {
      if (response.headersSent) response.destroy()
      else answer(response, 500, `${String(problem)}\n`)
    })
  })
  server.maxConnections = CONNECTIONS
  return {
    port: await listen(server, settings),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Who is turned away at an address, by the names that it has. */
export function guardOf({ key, bind, hosts = [] }: AddressSettings): (asked: Asked) => Stranger | undefined {
  const names = new Set([bind.host, ...hosts].map((each) => hostOf(each) ?? each))
  return (asked) => strangerOf(asked, names, key)
}

/** Gives the port. Rejects with the system's error. */
export async function listen(server: Server, { bind: { host, port } }: AddressSettings): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, exclusive: true }, resolve)
  })
  return (server.address() as { port: number }).port
}

/** Milliseconds that a request may take to come, so that whoever only connects does not keep the others out. */
const PATIENCE = { headersTimeout: 5_000, requestTimeout: 10_000, connectionsCheckingInterval: 1_000 }
const CONNECTIONS = 256
