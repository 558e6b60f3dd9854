import { randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { openAdmin } from '../admin/admin.ts'
import { compile } from '../config/compile.ts'
import { dangerKeys, notices } from '../config/notices.ts'
import type { KeySource, TokenOpener } from '../domain/ports.ts'
import { type ListenerSettings, type OpenListener, openListener } from '../gateway/listener.ts'
import { recorder } from '../gateway/record.ts'
import { serve } from '../gateway/serve.ts'
import { IssuerTokenOpener } from '../services/decryption/opener.ts'
import { discoverJwksUri } from '../services/key-ring/discovery.ts'
import { jsonFetcher } from '../services/key-ring/fetch.ts'
import { RemoteKeyRing } from '../services/key-ring/remote.ts'
import { type Log, openLog } from '../services/log/log.ts'
import { boundedMemo } from '../services/memo/lru.ts'
import { Metrics } from '../services/metrics/metrics.ts'
import { ledgerShape } from '../services/replay/ledger-shape.ts'
import { LedgerKeeper, ledgerMemory, SharedLedger } from '../services/replay/shared-ledger.ts'
import { Upstreams } from '../services/upstream/pools.ts'
import type { VerificationKey } from '../verify/jose/jwk-set.ts'
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
  const openers = makeOpeners(settings)
  const snapshot = compile(document, {
    keys: (name) => rings.get(name) as KeySource<VerificationKey>,
    opener: (name) => openers.get(name) ?? null,
    tokens: boundedMemo(TOKENS),
    dpopKeys: boundedMemo(DPOP_KEYS),
  })

  const record = recorder(log, metrics, document.log.access)
  const services = {
    ledger,
    upstreams,
    now: () => Math.floor(Date.now() / 1000),
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

  const admin = await openAdmin(document.admin.bind, {
    isReady: () => ready,
    metrics: () => metrics.text(),
    metricsType: metrics.contentType,
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
      for (const ring of rings.values()) if (ring instanceof RemoteKeyRing) ring.stop()
      await upstreams.close()
      await admin.close()
    },
  }
}

/** Sized for the longest window of any route; turned every second. */
function startLedger({ document }: Settings, log: Log) {
  const rules = document.routes.flatMap(({ require }) => (require === undefined ? [] : [require.dpop]))
  const shape = ledgerShape({
    rate: document.replay.rate,
    maxAge: Math.max(60, ...rules.map((dpop) => Math.ceil(dpop.max_age / 1000))),
    clockSkew: Math.max(10, ...rules.map((dpop) => Math.ceil(dpop.clock_skew / 1000))),
  })
  const memory = ledgerMemory(shape, randomBytes(16).toString('base64url'))
  const keeper = new LedgerKeeper(memory)
  const turn = () => keeper.turn(Math.floor(Date.now() / 1000))
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
    if (rings.has(name)) continue
    const fetchJson = jsonFetcher(issuerCa.get(name))
    const elsewhere = { url: issuer.metadata_url, issuer: issuer.metadata_issuer }
    const ring = new RemoteKeyRing({
      fetchJwks: async () =>
        fetchJson(issuer.jwks_uri ?? (await discoverJwksUri(issuer.issuer, fetchJson, elsewhere))),
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

function makeOpeners({ decryptionKeys }: Settings): ReadonlyMap<string, TokenOpener> {
  return new Map(
    [...decryptionKeys].map(([name, keys]) => [
      name,
      new IssuerTokenOpener(keys, boundedMemo(OPENED_TOKENS)),
    ]),
  )
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
/** For each issuer; they wait for their decision alone. */
const OPENED_TOKENS = 500
const DPOP_KEYS = 50_000
