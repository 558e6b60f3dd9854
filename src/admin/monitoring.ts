import { type AddressSettings, guardOf, listen, type OpenAddress } from './address.ts'
import { type HeadOnly, oneRequestServer, TEXT, type WholeAnswer } from './one-request.ts'

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
export async function openMonitoring(
  given: Omit<AddressSettings, 'key'>,
  ports: MonitoringPorts,
): Promise<OpenAddress> {
  const settings = { ...given, key: 'monitoring' }
  const strangerAt = guardOf(settings)
  const spared = { ...ports, metrics: onceA(1_000, ports.metrics) }
  const { server, close } = oneRequestServer(async (head: HeadOnly) => {
    const stranger = strangerAt(head)
    if (stranger !== undefined) return { status: stranger.status, type: TEXT, body: stranger.says }
    if (head.method !== 'GET' && head.method !== 'HEAD')
      return { status: 405, type: TEXT, body: 'GET is all there is here\n' }
    const told = await monitoringAnswer(head.path, spared)
    return told ?? { status: 404, type: TEXT, body: '/livez, /readyz and /metrics are all there is here\n' }
  })
  return { port: await listen(server, settings), close }
}

/** Undefined where it is none of these paths. */
export async function monitoringAnswer(
  path: string,
  { unready, metrics, metricsType }: MonitoringPorts,
): Promise<WholeAnswer | undefined> {
  if (path === '/livez') return { status: 200, type: TEXT, body: 'alive\n' }
  if (path === '/metrics') return { status: 200, type: metricsType, body: await metrics() }
  if (path !== '/readyz') return undefined
  const why = unready()
  if (why === null) return { status: 200, type: TEXT, body: 'ready\n' }
  return { status: 503, type: TEXT, body: `not ready: ${why}\n` }
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
