import { setTimeout as wait } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { ControlMetrics } from '../../src/services/metrics/control-metrics.ts'
import { Metrics } from '../../src/services/metrics/metrics.ts'

/** The labels of each series of an exposition, by the name of the series. */
export type Exposed = ReadonlyMap<string, ReadonlySet<string>>

/** What a gateway exposes once everything has occurred that it counts. */
export async function everythingExposed(): Promise<Exposed> {
  const control = new ControlMetrics()
  count(control)
  const thread = new Metrics(1, { codes: ['OVERLOADED'], drops: ['slow_read'] }, LEVELS)
  countRequests(thread)
  await afterCollection(control)
  return exposedIn(await control.text([await thread.readings()]))
}

/** What an exposition in the text format has. */
export function exposedIn(text: string): Exposed {
  const exposed = new Map<string, Set<string>>()
  for (const [, name, labels = ''] of text.matchAll(/^([a-z]\w*)(?:\{(.*)\})? \S+$/gm)) {
    const known = exposed.get(name as string) ?? new Set()
    for (const [, label] of labels.matchAll(/(\w+)="(?:[^"\\]|\\.)*"/g)) known.add(label as string)
    exposed.set(name as string, known)
  }
  return exposed
}

/** That memory was collected is counted a moment later. */
async function afterCollection(control: ControlMetrics): Promise<void> {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  while (!(await control.text([])).includes('nodejs_gc_duration_seconds_count')) await wait(5)
}

function count(control: ControlMetrics): void {
  const end = new Map([['listeners[0]', 1]])
  control.jwksFetch('bank', 'ok')
  control.introspection('bank', 'active')
  control.consent('bank', 'found')
  control.reloaded('ok')
  control.serves('0.1.0', 'snapshot')
  control.threadDied()
  control.danger(['routes[0].danger_public'])
  control.ends({ certificates: end, authorities: end, revocationLists: end, signing: end })
  control.watch({
    ledgerFill: () => 0,
    heldBodies: () => 0,
    revocations: () => 0,
    logWaiting: () => 0,
    logLinesLost: () => 0,
    threads: () => [{ thread: 1, utilization: 0 }],
    keys: () => ({ bank: { age: 1, kids: [] } }),
    statusListAges: () => [{ issuer: 'bank', uri: 'https://as.bank.example/list', seconds: 1 }],
  })
  control.revocation.statusListFetch('bank', 'ok')
  control.revocation.share(() => true)
}

function countRequests(thread: Metrics): void {
  thread.upstream('bank', 0)
  thread.delay(0)
  thread.handshakeFailed('CERT_REVOKED')
  thread.shadowRefusal('GET /accounts', 'require', 'SCOPE_INSUFFICIENT')
  thread.revocationHit('sub')
  thread.evidence.watch({ unsynced: () => 0, isReady: () => true })
  thread.redis.watch(() => true)
}

const LEVELS = { inFlight: () => 0, connections: () => 0, heap: () => 0 }
