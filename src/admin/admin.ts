import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { answer, answerJson, answerJwks } from './answer.ts'
import { hostOf, strangerOf } from './guard.ts'
import { type KeysPort, refreshedIssuer, serveRefresh } from './keys.ts'
import { isRefusals, type RefusalsPort, serveRefusals } from './refusals.ts'
import { type RevocationsPort, serveRevocations } from './revocations.ts'

/** What the admin address tells, and what it may change. */
export interface AdminPorts {
  readonly isReady: () => boolean
  readonly metrics: () => Promise<string>
  readonly metricsType: string
  readonly keys: KeysPort
  /** The public parts of our signing keys, as a JWK set. */
  readonly jwks: () => object
  readonly revocations: RevocationsPort
  /** Reads the configuration anew: the snapshot that serves then, or why it is the one of before. */
  readonly reload: () => Promise<{ readonly snapshot: string } | { readonly problems: readonly string[] }>
  readonly refusals: RefusalsPort
}

export interface AdminSettings {
  readonly bind: { readonly host: string; readonly port: number }
  /** Names under which it is called, besides IP addresses, localhost and the one that it is bound to. */
  readonly hosts?: readonly string[]
}

export interface OpenAdmin {
  readonly port: number
  close(): Promise<void>
}

/** Opens the admin address: liveness, readiness, metrics, key sets, refusals, revocations and reload, over plain HTTP for this machine. Rejects with the system's error. */
export async function openAdmin({ bind, hosts = [] }: AdminSettings, ports: AdminPorts): Promise<OpenAdmin> {
  const names = new Set([bind.host, ...hosts].map((each) => hostOf(each) ?? each))
  const server = createServer((request, response) => {
    const stranger = strangerOf(request, names)
    if (stranger !== undefined) return answer(response, stranger.status, stranger.says)
    serve(request, response, ports).catch((problem) => {
      if (response.headersSent) response.destroy()
      else answer(response, 500, `${String(problem)}\n`)
    })
  })
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

async function serve(request: IncomingMessage, response: ServerResponse, ports: AdminPorts): Promise<void> {
  const path = request.url?.split('?', 1)[0]
  if (path === '/revocations') return serveRevocations(request, response, ports.revocations)
  const issuer = refreshedIssuer(path)
  if (issuer !== undefined) return serveRefresh(issuer, request, response, ports.keys)
  if (path === '/reload') return serveReload(request, response, ports.reload)
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return answer(response, 405, 'GET is all there is here\n', { allow: 'GET, HEAD' })
  if (path === '/livez') return answer(response, 200, 'alive\n')
  if (path === '/readyz')
    return ports.isReady() ? answer(response, 200, 'ready\n') : answer(response, 503, 'not ready\n')
  if (path === '/metrics')
    return answer(response, 200, await ports.metrics(), { 'content-type': ports.metricsType })
  if (path === '/jwks') return answerJwks(response, ports.jwks())
  if (path === '/keys') return answerJson(response, 200, ports.keys.states())
  if (isRefusals(path)) return serveRefusals(path, response, ports.refusals)
  answer(
    response,
    404,
    '/livez, /readyz, /metrics, /keys, /keys/ISSUER/refresh, /jwks, /refusals, /revocations and /reload are all there is here\n',
  )
}

/** 200 with the id of the snapshot that serves now, 422 with every reason why the one of before serves on. */
async function serveReload(
  request: IncomingMessage,
  response: ServerResponse,
  reload: AdminPorts['reload'],
): Promise<void> {
  if (request.method !== 'POST')
    return answer(response, 405, 'POST is all there is here\n', { allow: 'POST' })
  const reloaded = await reload()
  answerJson(response, 'snapshot' in reloaded ? 200 : 422, reloaded)
}
