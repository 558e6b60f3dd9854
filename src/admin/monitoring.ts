import type { ServerResponse } from 'node:http'
import { type AddressSettings, type OpenAddress, openAddress, type Serve } from './address.ts'
import { answer } from './answer.ts'

/** What probes and Prometheus ask. */
export interface MonitoringPorts {
  /** Why nothing is served, in a few words; null: it is. */
  readonly unready: () => string | null
  readonly metrics: () => Promise<string>
  readonly metricsType: string
}

/**
 * Opens the address that tells how the process fares and changes nothing, so that it may be reached from other machines: whoever
 * asks for metrics without end gets those of this second, and takes no more of the threads' time. Rejects with the system's error.
 */
export function openMonitoring(
  settings: Omit<AddressSettings, 'key'>,
  ports: MonitoringPorts,
): Promise<OpenAddress> {
  const spared = { ...ports, metrics: onceA(1_000, ports.metrics) }
  const serve: Serve = async (path, { method }, response) => {
    if (!readsOnly(method, response)) return
    if (await serveMonitoring(path, response, spared)) return
    answer(response, 404, '/livez, /readyz and /metrics are all there is here\n')
  }
  return openAddress({ ...settings, key: 'monitoring' }, serve)
}

/** Whether it was one of these paths, and is answered. */
export async function serveMonitoring(
  path: string,
  response: ServerResponse,
  { unready, metrics, metricsType }: MonitoringPorts,
): Promise<boolean> {
  if (path === '/livez') answer(response, 200, 'alive\n')
  else if (path === '/readyz') {
    const why = unready()
    if (why === null) answer(response, 200, 'ready\n')
    else answer(response, 503, `not ready: ${why}\n`)
  } else if (path === '/metrics') answer(response, 200, await metrics(), { 'content-type': metricsType })
  else return false
  return true
}

/** Whether a method asks for nothing but to read; any other is answered. */
export function readsOnly(method: string | undefined, response: ServerResponse): boolean {
  if (method === 'GET' || method === 'HEAD') return true
  answer(response, 405, 'GET is all there is here\n', { allow: 'GET, HEAD' })
  return false
}

/** What `read` gave in the last `age` milliseconds, or is about to give. */
function onceA<T>(age: number, read: () => Promise<T>): () => Promise<T> {
  let last: { readonly at: number; readonly what: Promise<T> } | undefined
  return () => {
    const at = performance.now()
    if (last === undefined || at - last.at >= age) last = { at, what: read() }
    return last.what
  }
}
