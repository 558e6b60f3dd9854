import { hkdfSync } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { getHeapStatistics } from 'node:v8'
import { parentPort, workerData } from 'node:worker_threads'
import { arrive } from '../../gateway/arrive.ts'
import { DROPPED } from '../../gateway/connection-guard.ts'
import { type ListenerSettings, type OpenListener, openListener } from '../../gateway/listener.ts'
import { Pressure, type PressureLimits } from '../../gateway/pressure.ts'
import { explainFault } from '../../gateway/refusals.ts'
import { EventLoopTurn } from '../../gateway/turn.ts'
import { batchedLog } from '../../services/log/batched-log.ts'
import { Metrics } from '../../services/metrics/metrics.ts'
import { RecentRefusals } from '../../services/refusals/recent-refusals.ts'
import { SharedLedger } from '../../services/replay/shared-ledger.ts'
import { RevocationList } from '../../services/revocation/revocation-list.ts'
import { cannotListen } from '../addresses.ts'
import type { Address, ControlCalls, ThreadCalls, ThreadStart } from '../calls.ts'
import { openChannel } from '../channel.ts'
import { openCommonLedger } from '../common-ledger.ts'
import { closeEvidence, leaveEvidence, openEvidence } from '../evidence.ts'
import { ledgerDemand } from '../ledger.ts'
import { CODES } from '../settings/error-names.ts'
import type { Settings } from '../settings/settings.ts'
import { type Generation, Generations } from './generation.ts'
import { Handshakes } from './handshakes.ts'
import { Replicas } from './replicas.ts'

/** A thread that serves requests: everything is made here, once, in order; what it is told to do stands below. */
const start = workerData as ThreadStart
const control = openChannel<ControlCalls>(parentPort!, {
  keys: (...told) => replicas.publishKeys(...told),
  clientKeys: (...told) => replicas.publishClientKeys(...told),
  statusList: (...told) => replicas.publishStatusList(...told),
  revoke: (entries, now) => revocations.hold(entries, now),
  readmit: (entries) => {
    for (const entry of entries) revocations.remove(entry)
  },
  ticketSecret: (secret) => {
    ticketSecret = secret
    current.settings.listeners.forEach(renew)
  },
  open: async (addresses) => {
    for (const [index, listener] of current.settings.listeners.entries()) {
      listeners.set(
        listener.name,
        await open(listener, addresses[index]!).catch(cannotListen(listener, ['listeners', index, 'bind'])),
      )
      // Its name may have been looked up for a while, and what serves have changed meanwhile.
      renew(current.settings.listeners[index]!)
    }
    return current.snapshot.id
  },
  prepare: (settings, since) => {
    prepared = generations.make(settings, since)
    pressure.excuse()
    return prepared.snapshot.id
  },
  hold: () => {
    turn.hold()
    return (prepared ?? current).snapshot.id
  },
  swap: (id) => {
    if (prepared !== null) swap(prepared)
    // A thread that prepared nothing would judge by the configuration of before beside others that judge by the next.
    if (current.snapshot.id === id) goOn()
    else turn.hold()
    return current.snapshot.id
  },
  discard: () => {
    prepared = null
    generations.keep(current)
    goOn()
  },
  reachesLedger: () => commonLedger?.reached,
  alive: () => {},
  readings: () => metrics.readings(),
  refusals: (id) => refusals.find(id),
  drain: async (within) => {
    await Promise.all([...listeners.values()].map((listener) => listener.drain(within)))
    // Their clients are gone; they are recorded, those too that wait for what nobody will tell them any more.
    control.answersNoMore()
    commonLedger?.close()
    goOn()
    await turn.allJudged()
    for (const upstream of current.services.upstreams.values()) upstream.close()
    await nextTurn()
    await closeEvidence(evidence, start.thread, log)
    log.flush()
  },
  end: () => process.exit(0),
} satisfies ThreadCalls)

let ticketSecret = start.ticketSecret
const listeners = new Map<string, OpenListener>()
const turn = new EventLoopTurn()
const log = batchedLog({
  lines: (octets) => control.give('lines', octets),
  say: (level, message, fields) => control.tell('say', level, message, fields),
})
// Also where the thread ends by a fault: what was recorded until then is told.
process.on('exit', () => log.flush())
const pressure = new Pressure(limitsOf(start.settings), (seconds) => metrics.delay(seconds))
const metrics = new Metrics(
  start.thread,
  { codes: CODES, drops: DROPPED },
  {
    inFlight: () => pressure.inFlight,
    connections: () => [...listeners.values()].reduce((sum, listener) => sum + listener.connections(), 0),
    heap: () => {
      const { used_heap_size: used, external_memory: outside } = getHeapStatistics()
      return used + outside
    },
  },
)
const revocations = new RevocationList(start.revocationLimit, (by) => metrics.revocationHit(by))
const replicas = new Replicas(control, metrics.caches)
const handshakes = new Handshakes(log, metrics)
const evidence = openEvidence(start.settings, start.thread, log, metrics)
process.on('exit', () => leaveEvidence(evidence, log))
// Or it could take the process with it, and all other threads.
process.on('exit', () => {
  for (const listener of listeners.values()) listener.cut()
})
const refusals = new RecentRefusals(start.settings.document.admin.refusals)
const commonLedger = openCommonLedger(start.settings, log, metrics)
const generations = new Generations({
  start,
  refusals,
  replicas,
  revocations,
  ledger: new SharedLedger(start.ledger),
  commonLedger,
  evidence,
  log,
  metrics,
  pressure,
  turn,
})
let current = generations.make(start.settings, start.since)
let prepared: Generation | null = null
const inForce = () => current

function swap(next: Generation): void {
  const { redis } = current.settings
  current = next
  prepared = null
  pressure.adopt(limitsOf(next.settings))
  commonLedger?.widen(ledgerDemand(next.settings.document))
  if (!isDeepStrictEqual(redis, next.settings.redis)) commonLedger?.move(next.settings.redis!)
  next.settings.listeners.forEach(renew)
  generations.keep(next)
}

/** Where it is open: by its certificates, its trust and its session tickets as they are now. */
function renew(listener: ListenerSettings): void {
  const { name, tls } = listener
  listeners.get(name)?.renew(tls)
  if (issuesTickets(listener)) listeners.get(name)?.setTicketKeys(ticketKeys(name))
}

/** What waited meanwhile waited for us. */
function goOn(): void {
  pressure.excuse()
  turn.goOn()
}

function open(listener: ListenerSettings, { port, isShared }: Address): Promise<OpenListener> {
  const { name } = listener
  const settings: ListenerSettings = {
    ...listener,
    ...{ port, isShared },
    ...(issuesTickets(listener) ? { ticketKeys: ticketKeys(name) } : {}),
    maxConnections: Math.ceil(listener.maxConnections / start.threads),
  }
  return openListener(settings, {
    snapshot: () => current.snapshot,
    serve: (downstream) => arrive(downstream, name, turn, inForce),
    parseFault: (fault, connection) => {
      const { denial, interactionId, detail } = fault
      refusals.keep(() => explainFault(name, fault))
      metrics.unrouted.refused += 1
      metrics.denial(denial.code)
      log.record({
        interaction_id: interactionId,
        listener: name,
        remote: connection?.remoteAddress ?? null,
        verdict: 'refused',
        status: denial.status,
        code: denial.code,
        cite: denial.cite,
        detail,
      })
    },
    handshakeFailed: (failure) => handshakes.failed(name, failure),
    dropped: (reason) => metrics.dropped(reason),
  })
}

function limitsOf({ document }: Settings): PressureLimits {
  const { delay, in_flight: inFlight } = document.overload
  return { delay, inFlight }
}

/** A resumed session would bring an old verdict on a client's certificate back. */
function issuesTickets({ tls }: ListenerSettings): boolean {
  return tls.clientCertificate === 'none'
}

/** Each listener has its own, so that no ticket crosses from one into another. */
function ticketKeys(listener: string): Buffer {
  return Buffer.from(hkdfSync('sha256', ticketSecret, '', `session tickets of ${listener}`, TICKET_KEYS))
}

/** Octets. */
const TICKET_KEYS = 48
