import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { answer } from './answer.ts'
import { hostOf, strangerOf } from './guard.ts'

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
  const { key, bind, hosts = [] } = settings
  const names = new Set([bind.host, ...hosts].map((each) => hostOf(each) ?? each))
  const server = createServer(PATIENCE, (request, response) => {
    const stranger = strangerOf(request, names, key)
    if (stranger !== undefined) return answer(response, stranger.status, stranger.says)
    const [path = ''] = (request.url ?? '').split('?', 1)
    serve(path, request, response).catch((problem) => {
      if (response.headersSent) response.destroy()
      else answer(response, 500, `${String(problem)}\n`)
    })
  })
  server.maxConnections = CONNECTIONS
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: bind.host, port: bind.port, exclusive: true }, resolve)
  })
  return {
    port: (server.address() as { port: number }).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Milliseconds that a request may take to come, so that whoever only connects does not keep the others out. */
const PATIENCE = { headersTimeout: 5_000, requestTimeout: 10_000, connectionsCheckingInterval: 1_000 }
const CONNECTIONS = 256
