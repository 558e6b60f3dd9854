import type { IncomingMessage, ServerResponse } from 'node:http'
import { type AddressSettings, type OpenAddress, openAddress } from './address.ts'
import { answer, answerJson, answerJwks } from './answer.ts'
import { type KeysPort, refreshedIssuer, serveRefresh } from './keys.ts'
import { type MonitoringPorts, monitoringAnswer } from './monitoring.ts'
import { isRefusals, type RefusalsPort, serveRefusals } from './refusals.ts'
import { type RevocationsPort, serveRevocations } from './revocations.ts'

/** What the admin address tells, and what it may change. */
export interface AdminPorts extends MonitoringPorts {
  readonly keys: KeysPort
  /** The public parts of our signing keys, as a JWK set. */
  readonly jwks: () => object
  readonly revocations: RevocationsPort
  /** Reads the configuration anew: the snapshot that serves then, or why it is the one of before. */
  readonly reload: () => Promise<
    { readonly snapshot: string } | { readonly msg: string; readonly problems: readonly string[] }
  >
  readonly refusals: RefusalsPort
}

/** Opens the admin address: liveness, readiness, metrics, key sets, refusals, revocations and reload, for this machine. Rejects with the system's error. */
export function openAdmin(settings: Omit<AddressSettings, 'key'>, ports: AdminPorts): Promise<OpenAddress> {
  return openAddress({ ...settings, key: 'admin' }, (...asked) => serve(...asked, ports))
}

async function serve(
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
  ports: AdminPorts,
): Promise<void> {
  if (path === '/revocations') return serveRevocations(request, response, ports.revocations)
  const issuer = refreshedIssuer(path)
  if (issuer !== undefined) return serveRefresh(issuer, request, response, ports.keys)
  if (path === '/reload') return serveReload(request, response, ports.reload)
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return answer(response, 405, 'GET is all there is here\n', { allow: 'GET, HEAD' })
  const told = await monitoringAnswer(path, ports)
  if (told !== undefined) return answer(response, told.status, told.body, { 'content-type': told.type })
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
