import { randomBytes } from 'node:crypto'
import { openAdmin } from '../admin/admin.ts'
import { openMonitoring } from '../admin/monitoring.ts'
import type { Loaded } from '../config/load.ts'
import { dangerKeys } from '../config/notices.ts'
import { budgetMemory, giveBackOf, SharedBudget } from '../services/held-bodies/shared-budget.ts'
import { openLog, type ProcessLog } from '../services/log/log.ts'
import { ControlMetrics } from '../services/metrics/control-metrics.ts'
import { SigningKeys } from '../services/signing/signing-keys.ts'
import { agedSuites } from '../services/tls/suites.ts'
import { cannotListen, canShare, type HeldAddress, holdAddress } from './addresses.ts'
import { unixNow } from './clock.ts'
import { threadCount } from './cpus.ts'
import { endAtLast } from './end.ts'
import { holdEvidence } from './evidence.ts'
import { Fetched } from './fetched/fetched.ts'
import { startLedger, widestSkew } from './ledger.ts'
import { stateCaches } from './notices/caches.ts'
import { stateClientAuthorities } from './notices/client-authorities.ts'
import { endsOf } from './notices/ends.ts'
import { settingsNotices } from './notices/notices.ts'
import { stateOpenFiles } from './notices/open-files.ts'
import { ToldNotices } from './notices/told-notices.ts'
import { makeRoomForFiles } from './pool.ts'
import { Configuration, type Reloaded } from './reload/configuration.ts'
import { sinceThen } from './reload/proof-times.ts'
import { RevocationControl } from './revocation-control.ts'
import { REVOCATIONS } from './settings/revocations.ts'
import { readSettings } from './settings/settings.ts'
import { signingKeys } from './settings/signing.ts'
import { ThreadMetrics } from './thread-metrics.ts'
import { ThreadRefusals } from './thread-refusals.ts'
import { Threads } from './threads.ts'
import { selfTest } from './trial/self-test.ts'
import { version } from './version.ts'

export interface RunningGateway {
  readonly log: ProcessLog
  /** Reads the configuration anew and serves it, whole or not at all. Never rejects; what came of it is in the log. */
  reload(): Promise<Reloaded>
  /** Lets requests under way finish, then closes everything. The process is killed where that takes too long. */
  stop(): Promise<void>
}

/**
 * The control plane: makes once, in order, what all threads have in common, and starts the threads, which serve. Rejects
 * with a sentence where an address is taken.
 */
export async function startGateway(load: () => Loaded): Promise<RunningGateway> {
  const settings = readSettings(load())
  const { document } = settings
  const count = threadCount(document.threads)
  makeRoomForFiles(count)
  const log = openLog(document.log.level)
  log.info('self-test passed', selfTest(unixNow()))
  for (const notice of agedSuites(unixNow())) log.warn(notice)
  const notices = new ToldNotices(log, () => settingsNotices(configuration.settings, unixNow()))
  notices.tell(settingsNotices(settings, unixNow()))
  const addresses: HeldAddress[] = []
  for (const [at, listener] of settings.listeners.entries())
    addresses.push(await holdAddress(listener, canShare, ['listeners', at, 'bind']))
  const evidence = await holdEvidence(settings)

  stateCaches(settings, log)
  stateOpenFiles(settings, log)
  stateClientAuthorities(settings, log)
  const ledger = startLedger(settings, log)
  const metrics = new ControlMetrics()
  metrics.danger(dangerKeys(document))
  metrics.ends(endsOf(settings, unixNow()))
  const since = sinceThen(ledger.since, widestSkew(document))
  const configuration = new Configuration(settings, since)
  const fetched = new Fetched(log, metrics, (...told) => threads.tell(...told))
  const revocations = new RevocationControl({ configuration, threads: () => threads, log, metrics })
  const threadMetrics = new ThreadMetrics()
  const bodies = budgetMemory(count)
  const common = {
    threads: count,
    ledger: ledger.memory,
    startedSince: since,
    bodies,
    nonceSecret: randomBytes(32).toString('base64url'),
    pseudonym: `holdfast-${randomBytes(4).toString('hex')}`,
    revocationLimit: REVOCATIONS,
  }
  let ticketSecret = randomBytes(32)
  const threads = new Threads({
    count,
    addresses: addresses.map(({ host, port, isShared }) => ({ host, port, isShared })),
    start: (thread) => ({
      ...common,
      thread,
      settings: configuration.settings,
      since: configuration.since,
      ticketSecret,
    }),
    greet: (thread) => {
      fetched.greet(thread)
      revocations.greet(thread)
    },
    control: {
      ...fetched.calls,
      lines: (octets) => log.lines(octets),
      say: (level, message, fields) => log[level](message, fields),
    },
    log,
    onDeath: (thread) => {
      metrics.threadDied()
      threadMetrics.died(thread)
      giveBackOf(thread, bodies)
    },
  })
  const renewing = setInterval(() => {
    ticketSecret = randomBytes(32)
    threads.tell('ticketSecret', ticketSecret)
  }, TICKETS_EVERY).unref()
  metrics.watch({
    ledgerFill: ledger.fill,
    heldBodies: () => new SharedBudget(bodies, document.held_bodies.memory).taken,
    revocations: () => revocations.size,
    logWaiting: () => log.waiting(),
    logLinesLost: () => log.lost(),
    threads: () => threads.readings(),
    keys: () => fetched.keyRings.states(),
    statusListAges: () => fetched.statusListAges(),
  })

  const reload = async () => {
    const reloaded = await configuration.reload({ load, threads, fetched, ledger, log, notices, metrics })
    revocations.adopt()
    return reloaded
  }
  let unready: string | null = 'it starts'
  const watched = {
    unready: () => unready ?? (threads.serving > 0 ? null : 'no thread serves'),
    metrics: () => threadMetrics.text(metrics, threads),
    metricsType: metrics.contentType,
  }
  const monitoring =
    document.monitoring === undefined
      ? null
      : await openMonitoring(document.monitoring, watched).catch(
          cannotListen(document.monitoring.bind, ['monitoring', 'bind']),
        )
  const admin = await openAdmin(document.admin, {
    ...watched,
    keys: {
      states: () => fetched.keyRings.states(),
      refresh: async (issuer) => {
        const state = await fetched.keyRings.refresh(issuer)
        // Calls keep their order, so whoever answers has the keys that were published before.
        await threads.ask('alive')
        if (state?.problem === null) log.info('keys refreshed', { issuer })
        return state
      },
    },
    jwks: () => new SigningKeys(signingKeys(configuration.settings.signingKeys)).jwks,
    reload,
    refusals: new ThreadRefusals(document.admin.refusals, threads),
    revocations: revocations.port,
  }).catch(cannotListen(document.admin.bind, ['admin', 'bind']))
  fetched.add(settings)
  fetched.keep(settings)
  const snapshot = await threads.begin()
  metrics.serves(version(), snapshot)
  unready = NO_LEDGER
  // At the start alone. An outage later on is one of all replicas, and what needs no proof must still be served.
  void Promise.all([threads.reachLedger(), revocations.reached()]).then(() => {
    if (unready === NO_LEDGER) unready = null
  })
  log.info('serving', {
    snapshot,
    threads: count,
    listeners: settings.listeners.map(({ name }, index) => `${name} on port ${addresses[index]?.port}`),
    admin: admin.port,
    ...(monitoring === null ? {} : { monitoring: monitoring.port }),
  })
  log.flush()

  return {
    log,
    reload,
    stop: async () => {
      unready = 'it ends'
      clearInterval(renewing)
      const within = configuration.settings.document.drain_timeout
      endAtLast(log, within + ENDED_WITHIN)
      await threads.stop(within)
      for (const running of [ledger, fetched, revocations, notices]) running.stop()
      for (const held of [...addresses, evidence]) held.release()
      await monitoring?.close()
      await admin.close()
    },
  }
}

const NO_LEDGER = 'replay.redis has not been reached since the start'
/** Milliseconds after `drain_timeout`: longer than threads are given to end. */
const ENDED_WITHIN = 12_000
/** Milliseconds between two secrets of session tickets. */
const TICKETS_EVERY = 3_600_000
