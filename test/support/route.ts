import { PROBLEM } from '../../src/decision/answer-body.ts'
import type { PossessionRules } from '../../src/decision/possession.ts'
import { BARE_ROUTE, type Demands, type Route } from '../../src/decision/route.ts'
import { Router } from '../../src/decision/router.ts'
import type { Snapshot } from '../../src/decision/snapshot.ts'
import { noCounts } from '../../src/domain/route-counts.ts'
import { scopesGranted } from '../../src/verify/authority/scope.ts'
import { dpopRules } from './proof.ts'
import { aTrust } from './token.ts'

/** Problem details, documented nowhere. */
export const ANSWERS = { renderer: PROBLEM, documentation: null, echoes: [] }

/** What an ordinary FAPI 2.0 route demands: a bound token with the scope `accounts`. */
export function demands(changes: Partial<Demands> = {}): Demands {
  return {
    issuers: [aTrust()],
    possession: possessionRules(),
    dpop: dpopRules(),
    signature: null,
    signedAnswers: null,
    authority: [scopesGranted(['accounts'])],
    consent: null,
    body: [],
    scopes: ['accounts'],
    detailTypes: [],
    schemes: ['DPoP', 'Bearer'],
    ...changes,
  }
}

export function possessionRules(changes: Partial<PossessionRules> = {}): PossessionRules {
  return { senders: ['dpop', 'mtls'], strictConfirmation: false, acceptsBearer: false, ...changes }
}

export function aRoute(changes: Partial<Route> = {}): Route {
  return {
    ...BARE_ROUTE,
    id: 'accounts',
    counts: noCounts(),
    upstream: 'bank',
    demands: demands(),
    holding: { size: 1_048_576, within: 30_000 },
    ...changes,
  }
}

/** One route, under `/accounts`, for GET and POST. */
export function aSnapshot(route: Route = aRoute()): Snapshot {
  const router = new Router([[{ path: '/accounts', hosts: null, methods: ['GET', 'POST'] }, route]])
  return {
    id: 'test',
    router,
    answers: ANSWERS,
    tokens: new Map(),
    revocations: { hits: () => false },
  }
}
