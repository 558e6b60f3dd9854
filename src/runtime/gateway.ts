import { randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { openAdmin } from '../admin/admin.ts'
import { compile } from '../config/compile.ts'
import { dangerKeys, notices } from '../config/notices.ts'
import type { Snapshot } from '../decision/snapshot.ts'
import type { ConsentSource, StatusLists } from '../domain/ports.ts'
import type { Exchange } from '../gateway/exchange.ts'
import { type ListenerSettings, type OpenListener, openListener } from '../gateway/listener.ts'
import { recorder } from '../gateway/record.ts'
import { explainFault } from '../gateway/refusals.ts'
import { type Services, serve } from '../gateway/serve.ts'
import { IssuerTokenOpener } from '../services/decryption/opener.ts'
import { budgetMemory, SharedBudget } from '../services/held-bodies/shared-budget.ts'
import { type Log, openLog } from '../services/log/log.ts'
import { boundedMemo } from '../services/memo/lru.ts'
import { Metrics } from '../services/metrics/metrics.ts'
import { RecentRefusals } from '../services/refusals/recent-refusals.ts'
import { SigningKeys } from '../services/signing/signing-keys.ts'
import { Upstreams } from '../services/upstream/pools.ts'
import { NonceMint } from '../verify/dpop/nonce.ts'
import { cannotListen } from './address.ts'
import { stateCaches } from './caches.ts'
import { unixNow } from './clock.ts'
import { openConsents } from './consents.ts'
import { openIntrospection } from './introspection.ts'
import { startKeyRings } from './key-rings.ts'
import { startLedger } from './ledger.ts'
import { startRevoking } from './revocation.ts'
import type { Settings } from './settings.ts'

export interface RunningGateway {
  readonly log: Log
  /** Lets requests under way finish, then closes everything. */
  stop(): Promise<void>
}

/** Makes everything once, in order, and hands it down; then listens. Rejects with a sentence where an address is taken. */
export async function startGateway(settings: Settings): Promise<RunningGateway> {
  const { document } = settings
  const log = openLog(document.log)
  for (const notice of notices(document, availableParallelism())) log.warn(notice)

  const traffic = { inFlight: 0, isReady: false }
  stateCaches(settings, log)
  const ledger = startLedger(settings, log)
  const metrics = new Metrics({ inFlight: () => traffic.inFlight, ledgerFill: ledger.fill })
  metrics.danger(dangerKeys(document))
  const keyRings = startKeyRings(settings, log, metrics)
  const revoking = startRevoking(settings, keyRings.of, log, metrics)
  const introspection = openIntrospection(settings, keyRings.of, log, metrics)
  const consents = openConsents(settings, log, metrics)
  const upstreams = new Upstreams(settings.upstreams)
  const openers = openersOf(settings)
  const signingKeys = new SigningKeys(settings.signingKeys)
  const snapshot = compile(document, {
    keys: keyRings.of,
    introspection: (name) => introspection.get(name) ?? null,
    opener: (name) => openers.get(name) ?? null,
    statusLists: (name) => revoking.statusLists.get(name) as StatusLists,
    revocations: revoking.revocations,
    consents: (name) => consents.get(name) as ConsentSource,
    clientKeys: keyRings.ofClient,
    signers: (keyIds) => signingKeys.source(keyIds),
    jwks: signingKeys.jwks,
    tokens: boundedMemo(document.caches.tokens),
    dpopKeys: boundedMemo(document.caches.dpop_keys),
    nonces: new NonceMint(document.dpop_nonce.secret ?? [randomBytes(32).toString('base64url')]),
    since: ledger.since,
    proofsSince: document.replay.danger_trust_before_start ? 0 : ledger.since,
  })

  const refusals = new RecentRefusals(document.admin.refusals)
  const keep = refusals.limit === 0 ? null : refusals.keep.bind(refusals)
  const record = recorder(log, metrics, document.log.access, keep)
  const bodies = new SharedBudget(budgetMemory(), document.held_bodies.memory)
  metrics.watchHeldBodies(() => bodies.taken)
  const services: Services = {
    ledger: ledger.ledger,
    upstreams,
    bodies,
    now: unixNow,
    pseudonym: `holdfast-${randomBytes(4).toString('hex')}`,
    record: (exchange) => {
      traffic.inFlight--
      record(exchange)
    },
  }
  const admin = await openAdmin(document.admin, {
    isReady: () => traffic.isReady,
    metrics: () => metrics.text(),
    metricsType: metrics.contentType,
    keys: keyRings.states,
    jwks: () => signingKeys.jwks,
    refusals,
    revocations: {
      list: revoking.revocations,
      lifetimes: revoking.lifetimes,
      now: unixNow,
      onRevoked: (entry) => log.info('revoked', entry),
    },
  }).catch(cannotListen(document.admin.bind))
  const listeners: OpenListener[] = []
  for (const listener of settings.listeners) {
    listeners.push(
      await listen(listener, snapshot, services, traffic, log, metrics, refusals).catch(
        cannotListen(listener),
      ),
    )
  }
  traffic.isReady = true
  log.info('serving', {
    snapshot: snapshot.id,
    listeners: settings.listeners.map(({ name }, index) => `${name} on port ${listeners[index]?.port}`),
    admin: admin.port,
  })
  log.flush()

  return {
    log,
    stop: async () => {
      traffic.isReady = false
      await Promise.all(listeners.map((listener) => listener.drain(document.drain_timeout)))
      for (const running of [ledger, revoking, keyRings]) running.stop()
      await upstreams.close()
      await admin.close()
    },
  }
}

function listen(
  listener: ListenerSettings,
  snapshot: Snapshot,
  services: Services,
  traffic: { inFlight: number },
  log: Log,
  metrics: Metrics,
  refusals: RecentRefusals,
): Promise<OpenListener> {
  return openListener(listener, {
    snapshot: () => snapshot,
    serve: (exchange: Exchange, rules) => {
      traffic.inFlight++
      serve(exchange, rules, services)
    },
    parseFault: (fault, connection) => {
      const { denial, interactionId, detail } = fault
      refusals.keep(explainFault(listener.name, fault))
      metrics.request('none', 'refused')
      metrics.denial(denial.code)
      log.record({
        interaction_id: interactionId,
        listener: listener.name,
        remote: connection?.remoteAddress ?? null,
        verdict: 'refused',
        status: denial.status,
        code: denial.code,
        cite: denial.cite,
        detail,
      })
    },
    handshakeFailed: () => metrics.handshakeFailed(),
  })
}

export function openersOf({ decryptionKeys }: Settings): ReadonlyMap<string, IssuerTokenOpener> {
  return new Map(
    [...decryptionKeys].map(([name, keys]) => [
      name,
      new IssuerTokenOpener(keys, boundedMemo(OPENED_TOKENS)),
    ]),
  )
}

const OPENED_TOKENS = 500
