import { randomBytes } from 'node:crypto'
import type { Document, DpopDocument, RequireDocument } from '../config/document.ts'
import type { UnixSeconds } from '../domain/check.ts'
import type { Log } from '../services/log/log.ts'
import { defaultRate, type LedgerDemand, ledgerShape } from '../services/replay/ledger-shape.ts'
import { LedgerKeeper, type LedgerMemory, ledgerMemory } from '../services/replay/shared-ledger.ts'
import { WatchedClock } from '../services/replay/watched-clock.ts'
import { nonceLife } from '../verify/dpop/nonce.ts'
import { FAPI2 } from '../verify/message-signature/profile.ts'
import { unixNow } from './clock.ts'
import type { Settings } from './settings/settings.ts'

export interface RunningLedger {
  /** For the threads, which spend. */
  readonly memory: LedgerMemory
  /** Unix seconds: of what was spent earlier it knows nothing. */
  readonly since: UnixSeconds
  /** The latest that the clock has been: one that was set back is behind what was dated by it. */
  readonly latest: () => UnixSeconds
  /** Of the fullest table, 0 to 1. */
  readonly fill: () => number
  stop(): void
}

/** The memory of used proofs, sized for the longest life of a proof on any route; its tables are turned every second. */
export function startLedger({ document }: Settings, log: Log): RunningLedger {
  const demand = ledgerDemand(document)
  const shape = ledgerShape(demand)
  const memory = ledgerMemory(shape, randomBytes(16).toString('base64url'))
  const keeper = new LedgerKeeper(memory)
  const clock = new WatchedClock(() => Date.now() / 1000)
  let latest = 0
  const turn = () => {
    const now = unixNow()
    latest = Math.max(latest, now)
    const setBy = Math.round(clock.setBy)
    // Nothing else would tell why all proofs are refused where a clock was ahead and no longer is.
    if (setBy > 0)
      log.error('the clock of this machine was set; proofs may be refused until it is no longer behind', {
        by_seconds: setBy,
        behind_seconds: latest - now,
      })
    clock.look()
    keeper.turn(now)
  }
  turn()
  const timer = setInterval(turn, 1_000)
  timer.unref()
  log.info('ledger of used proofs', {
    mebibytes: shape.bytes / 2 ** 20,
    proofs_a_second: demand.rate,
    live_proofs: shape.words / 2,
    span_seconds: shape.span,
  })
  return {
    memory,
    // The second of the start is not over, and whoever was here before may have spent proofs in it. Redis knows what was spent.
    since: document.replay.store === 'redis' ? 0 : unixNow() + 1,
    latest: () => Math.max(latest, unixNow()),
    fill: () => keeper.fill(),
    stop: () => clearInterval(timer),
  }
}

/** What the routes of a configuration ask of it. */
export function ledgerDemand(document: LedgerDocument): LedgerDemand {
  const spent = spentBy(document)
  const ages = spent.signatures.map(({ max_age: age }) => Math.ceil(age / 1000))
  const maxAge = Math.max(60, ...spent.proofs.map(longestLife), ...ages)
  const clockSkew = Math.max(10, skewOf(spent))
  return { rate: document.replay.rate ?? defaultRate({ maxAge, clockSkew }), maxAge, clockSkew }
}

/** Seconds: the furthest that any route lets anything lie ahead that may come only once. */
export function widestSkew(document: LedgerDocument): number {
  return skewOf(spentBy(document))
}

function skewOf({ proofs, signatures }: ReturnType<typeof spentBy>): number {
  return Math.max(0, ...[...proofs, ...signatures].map((each) => Math.ceil(each.clock_skew / 1000)))
}

/** How long what is spent lives, by each rule of each route. */
function spentBy(document: LedgerDocument) {
  const { routes, signature_profiles: profiles } = document
  const demands = routes.flatMap(({ require }) =>
    require === undefined ? [] : [require, ...watchedDemands(require, document)],
  )
  const proofs = demands.map(({ dpop }) => dpop)
  const signatures = demands.flatMap(({ signature }) => {
    if (signature === undefined) return []
    const { request } = profiles[signature] ?? { request: BUILT_IN }
    return request === 'off' ? [] : [request]
  })
  return { proofs, signatures }
}

/** With what only watches on a route: what is spent for it is remembered as well. */
function* watchedDemands(require: RequireDocument, { policies }: LedgerDocument): Iterable<RequireDocument> {
  const watching = require.policy.flatMap((name) => policies[name] ?? [])
  for (const { dpop, signature } of [require.shadow, ...watching]) {
    yield {
      ...require,
      dpop: { ...require.dpop, ...dpop },
      ...(signature === undefined ? {} : { signature }),
    }
  }
}

/** Milliseconds, as a profile in a document has them. */
const BUILT_IN = { max_age: FAPI2.request.maxAge * 1000, clock_skew: FAPI2.request.clockSkew * 1000 }

type LedgerDocument = Pick<Document, 'routes' | 'replay' | 'signature_profiles' | 'policies'>

/** Seconds that a proof may be live: by its own time, or by that of its nonce. */
function longestLife({ nonce, nonce_age: age, max_age: maxAge }: DpopDocument): number {
  return Math.ceil(Math.max(maxAge, nonceLife(nonce, age, maxAge)) / 1000)
}
