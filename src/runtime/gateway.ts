import { randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { openAdmin } from '../admin/admin.ts'
import { compile } from '../config/compile.ts'
import type { DpopDocument } from '../config/document.ts'
import { dangerKeys, notices } from '../config/notices.ts'
import type { KeySource, StatusLists } from '../domain/ports.ts'
import { type ListenerSettings, type OpenListener, openListener } from '../gateway/listener.ts'
import { recorder } from '../gateway/record.ts'
import { serve } from '../gateway/serve.ts'
import { jsonFetcher } from '../services/http/json.ts'
import { discoverJwksUri } from '../services/key-ring/discovery.ts'
import { RemoteKeyRing } from '../services/key-ring/remote.ts'
import { noKeys } from '../services/key-ring/ring.ts'
import { type Log, openLog } from '../services/log/log.ts'
import { boundedMemo } from '../services/memo/lru.ts'
import { Metrics } from '../services/metrics/metrics.ts'
import { ledgerShape } from '../services/replay/ledger-shape.ts'
import { LedgerKeeper, ledgerMemory, SharedLedger } from '../services/replay/shared-ledger.ts'
import { Upstreams } from '../services/upstream/pools.ts'
import { NonceMint } from '../verify/dpop/nonce.ts'
import type { VerificationKey } from '../verify/jose/jwk-set.ts'
import { needsKeys, openIntrospection } from './introspection.ts'
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
  let inFlight = 0
  let ready = false

  const { ledger, keeper, stopKeeping } = startLedger(settings, log)
  const metrics = new Metrics({ inFlight: () => inFlight, ledgerFill: () => keeper.fill() })
  metrics.danger(dangerKeys(document))
  const rings = startKeyRings(settings, log, metrics)
  const upstreams = new Upstreams(settings.upstreams)
  const keys = (name: string) => rings.get(name) ?? noKeys
  const revoking = startRevoking(settings, keys, log, metrics)
  const introspection = openIntrospection(settings, keys, log, metrics)
  const snapshot = compile(document, {
    keys,
    introspection: (name) => introspection.get(name) ?? null,
    statusLists: (name) => revoking.statusLists.get(name) as StatusLists,
    revocations: revoking.revocations,
    tokens: boundedMemo(TOKENS),
    dpopKeys: boundedMemo(DPOP_KEYS),
    nonces: new NonceMint(
      document.dpop_nonce.secret ?? [randomBytes(32).toString('base64url')],
      unixNow() + 1,
    ),
  })

  const record = recorder(log, metrics, document.log.access)
  const services = {
    ledger,
    upstreams,
    now: unixNow,
    pseudonym: `holdfast-${randomBytes(4).toString('hex')}`,
    record: (exchange: Parameters<typeof record>[0]) => {
      inFlight--
      record(exchange)
    },
  }
  const listen = (listener: ListenerSettings): Promise<OpenListener> =>
    openListener(listener, {
      snapshot: () => snapshot,
      serve: (exchange, rules) => {
        inFlight++
        serve(exchange, rules, services)
      },
      parseFault: ({ denial, interactionId, detail }, connection) => {
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

  const admin = await openAdmin(document.admin, {
    isReady: () => ready,
    metrics: () => metrics.text(),
    metricsType: metrics.contentType,
    revocations: {
      list: revoking.revocations,
      lifetimes: revoking.lifetimes,
      now: services.now,
      onRevoked: (entry) => log.info('revoked', entry),
    },
  }).catch(taken(document.admin.bind))
  const listeners: OpenListener[] = []
  for (const listener of settings.listeners) listeners.push(await listen(listener).catch(taken(listener)))
  ready = true
  log.info('serving', {
    snapshot: snapshot.id,
    listeners: settings.listeners.map(({ name }, index) => `${name} on port ${listeners[index]?.port}`),
    admin: admin.port,
  })
  log.flush()

  return {
    log,
    stop: async () => {
      ready = false
      await Promise.all(listeners.map((listener) => listener.drain(document.drain_timeout)))
      stopKeeping()
      revoking.stop()
      for (const ring of rings.values()) if (ring instanceof RemoteKeyRing) ring.stop()
      await upstreams.close()
      await admin.close()
    },
  }
}

/** Seconds that a proof may be live: by its own time, or by that of its nonce, which clocks of one deployment may put ahead. */
function longestLife({ nonce, nonce_age: nonceAge, max_age: maxAge }: DpopDocument): number {
  return Math.ceil(Math.max(maxAge, nonce === 'off' ? 0 : nonceAge) / 1000)
}

function unixNow(): number {
  return Math.floor(Date.now() / 1000)
}

/** Sized for the longest window of any route; turned every second. */
function startLedger({ document }: Settings, log: Log) {
  const rules = document.routes.flatMap(({ require }) => (require === undefined ? [] : [require.dpop]))
  const shape = ledgerShape({
    rate: document.replay.rate,
    maxAge: Math.max(60, ...rules.map(longestLife)),
    clockSkew: Math.max(10, ...rules.map((dpop) => Math.ceil(dpop.clock_skew / 1000))),
  })
  const memory = ledgerMemory(shape, randomBytes(16).toString('base64url'))
  const keeper = new LedgerKeeper(memory)
  const turn = () => keeper.turn(unixNow())
  turn()
  const timer = setInterval(turn, 1_000)
  timer.unref()
  log.info('ledger of used proofs', {
    mebibytes: shape.bytes / 2 ** 20,
    proofs_a_second: document.replay.rate,
    span_seconds: shape.span,
  })
  return { ledger: new SharedLedger(memory), keeper, stopKeeping: () => clearInterval(timer) }
}

function startKeyRings(
  { document, issuerCa, fixedKeys }: Settings,
  log: Log,
  metrics: Metrics,
): Map<string, KeySource<VerificationKey>> {
  const rings = new Map<string, KeySource<VerificationKey>>(fixedKeys)
  for (const [name, issuer] of Object.entries(document.issuers)) {
    if (rings.has(name) || !needsKeys(issuer)) continue
    const fetchJson = jsonFetcher(issuerCa.get(name))
    const ring = new RemoteKeyRing({
      fetchJwks: async () => fetchJson(issuer.jwks_uri ?? (await discoverJwksUri(issuer.issuer, fetchJson))),
      staleFor: issuer.stale_keys,
      clock: () => performance.now(),
      onFetch: (outcome, problem) => {
        metrics.jwksFetch(name, outcome)
        if (problem !== null) log.warn('key set not fetched', { issuer: name, problem })
      },
    })
    ring.start()
    rings.set(name, ring)
  }
  return rings
}

function taken({
  host,
  port,
}: {
  readonly host: string
  readonly port: number
}): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    const address = `${host.includes(':') ? `[${host}]` : host}:${port}`
    if (error.code === 'EADDRINUSE')
      throw new Error(`${address} is in use: another Holdfast, or another program, listens there`)
    throw new Error(`cannot listen on ${address}: ${error.message}`)
  }
}

const TOKENS = 50_000
const DPOP_KEYS = 50_000
