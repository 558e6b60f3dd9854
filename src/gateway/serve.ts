import type { JsonObject } from '../codec/json.ts'
import { answerPreflight } from '../decision/cors.ts'
import { decide } from '../decision/decide.ts'
import { decideBody, type Holds } from '../decision/decide-body.ts'
import { D } from '../decision/denials.ts'
import { type ListenerRules, scan } from '../decision/scan.ts'
import { spend } from '../decision/spend.ts'
import type { Admission } from '../decision/verdict.ts'
import { type Denial, isDenial } from '../domain/denial.ts'
import { Need } from '../domain/need.ts'
import type { BodyMemory, CommonLedger, EvidenceLog, ReplayLedger } from '../domain/ports.ts'
import type { CommonPlaces } from '../services/common-places.ts'
import { F } from '../services/upstream/faults.ts'
import type { Upstream } from '../services/upstream/upstream.ts'
import { D as P } from '../verify/dpop/denials.ts'
import { freshNonce } from '../verify/dpop/nonce.ts'
import type { Exchange } from './exchange.ts'
import { forward, type Outcome } from './forward.ts'
import { holdBody } from './hold.ts'
import { identify } from './identify.ts'
import { keepOutcome, keepRequest, lacksEvidence } from './keep-evidence.ts'
import { Observation } from './observe.ts'
import type { Pressure } from './pressure.ts'
import { publish } from './publish.ts'
import { respondRefused, respondToOptions, respondToPreflight } from './respond.ts'
import { clientOf } from './share-holder.ts'
import { answerDemandOf, signerOf } from './sign-response.ts'
import type { AnswerSigning } from './signed-answer.ts'
import { spendInCommon } from './spend-in-common.ts'
import { suppliedInPlace } from './supply.ts'
import type { Turn } from './turn.ts'

/** What serving a request takes, besides the request. */
export interface Services {
  readonly ledger: ReplayLedger
  /** Null: no other replica spends the same proofs. */
  readonly commonLedger: CommonLedger | null
  /** Of the thread. */
  readonly pressure: Pressure
  readonly upstreams: ReadonlyMap<string, Upstream>
  /** Of bodies that are held back. */
  readonly bodies: BodyMemory
  /** Of requests that wait for such a body, fewer than may be under way: others are left a part of those, whatever clients announce. */
  readonly awaitedBodies: CommonPlaces
  /** The same of requests that wait for what their decision lacks. */
  readonly awaitedNeeds: CommonPlaces
  /** And of those that are only watched: their clients were answered, so nothing else bounds them. */
  readonly watchedNeeds: CommonPlaces
  /** The same memory for what is only watched, which gets none of the half that stays for what is enforced. */
  readonly watchedBodies: BodyMemory
  /** Null: no route keeps any. */
  readonly evidence: EvidenceLog | null
  /** Our public keys by name, which evidence holds beside what they verify. */
  readonly ourKey: (keyId: string) => JsonObject | undefined
  /** Unix seconds, whole. */
  readonly now: () => number
  /** This process in `Via` fields. */
  readonly pseudonym: string
  /** In whose halves requests are judged and answers signed, and then sent on. */
  readonly turn: Turn
  /** Called once for every request, whatever became of it. */
  readonly record: (exchange: Exchange) => void
}

/** From the head of a request to its answer: scan, decide, spend, judge the body, forward or refuse, and always record. */
export function serve(
  exchange: Exchange,
  rules: ListenerRules,
  isOneTooMany: boolean,
  services: Services,
): void {
  guarded(exchange, services, () => {
    const isTooMuch = services.pressure.begins(performance.now(), exchange.startedAt) || isOneTooMany
    if (exchange.downstream.isGone) return leave(exchange, services)
    if (isTooMuch) return refuse(exchange, D.OVERLOADED, services)
    const facts = scan(exchange.downstream.raw, rules)
    if (isDenial(facts)) {
      exchange.rules = rules
      return refuse(exchange, facts, services)
    }
    exchange.facts = facts
    if (facts.path === '*')
      return respondToOptions(exchange, services.now(), () => finish(exchange, services))
    const preflight = answerPreflight(facts, exchange.snapshot.router)
    if (isDenial(preflight)) return refuse(exchange, preflight, services)
    if (preflight !== null) {
      respondToPreflight(exchange, preflight)
      return finish(exchange, services)
    }
    const verdict = decide(facts, exchange.snapshot, exchange.evidence, services.now())
    if (verdict instanceof Need)
      supply(exchange, verdict, services).catch((bug) => fail(exchange, bug, services))
    else conclude(exchange, verdict, services)
  })
}

async function supply(exchange: Exchange, need: Need, services: Services): Promise<void> {
  const { facts, snapshot, evidence } = exchange
  const again = () => decide(facts!, snapshot, evidence, services.now())
  const verdict = await suppliedInPlace(exchange, need, again, services.awaitedNeeds)
  guarded(exchange, services, () => conclude(exchange, verdict, services))
}

function conclude(exchange: Exchange, verdict: Admission | Denial, services: Services): void {
  // While keys were fetched. Nothing is asked of the upstream, and no proof is spent.
  if (exchange.downstream.isGone) return leave(exchange, services)
  if (isDenial(verdict)) return turnAway(exchange, verdict, services)
  // Spending comes last, so that a refused request costs no memory; nothing waits between the two, unless replicas are asked.
  const objection = spend(verdict.spends, services.ledger)
  if (objection !== undefined) return turnAway(exchange, objection, services)
  const { commonLedger } = services
  if (commonLedger === null || verdict.spends.length === 0) return admit(exchange, verdict, services)
  spendWithOthers(exchange, verdict, commonLedger, services).catch((bug) => fail(exchange, bug, services))
}

async function spendWithOthers(
  exchange: Exchange,
  admission: Admission,
  ledger: CommonLedger,
  services: Services,
): Promise<void> {
  const objection = await spendInCommon(admission.spends, ledger)
  if (objection !== undefined && objection.status === 503) exchange.detail = ledger.problem
  guarded(exchange, services, () => {
    if (exchange.downstream.isGone) leave(exchange, services)
    else if (objection !== undefined) turnAway(exchange, objection, services)
    else admit(exchange, admission, services)
  })
}

/** By the decision, or by the ledger. */
function turnAway(exchange: Exchange, denial: Denial, services: Services): void {
  exchange.decidedAt = performance.now()
  services.turn.act(() => guarded(exchange, services, () => refuse(exchange, denial, services)))
}

function admit(exchange: Exchange, admission: Admission, services: Services): void {
  exchange.decidedAt = performance.now()
  if (admission.nonceEnds) giveNonce(exchange, services)
  const { holds } = admission
  if (holds !== null) hold(exchange, admission, holds, services)
  else services.turn.act(() => guarded(exchange, services, () => pass(exchange, admission, services)))
}

/** Nobody would take an answer. */
function leave(exchange: Exchange, services: Services): void {
  exchange.gone = true
  exchange.downstream.abort()
  finish(exchange, services)
}

/** Nothing of the body reaches the upstream before it was judged. */
function hold(exchange: Exchange, admission: Admission, holds: Holds, services: Services): void {
  const client = clientOf(exchange)
  const shared = { budget: services.bodies.of(client), places: services.awaitedBodies, client }
  holdBody(exchange.downstream, exchange.facts!, holds, shared, {
    whole: (body, octets) =>
      guarded(exchange, services, () => {
        exchange.held = octets
        exchange.body = body
        const objection = decideBody(admission, body, services.now())
        exchange.judgedAt = performance.now()
        if (objection === undefined) pass(exchange, admission, services)
        else refuse(exchange, objection, services)
      }),
    refused: refusing(exchange, services),
    gone: () => {
      exchange.gone = true
      finish(exchange, services)
    },
  })
}

function pass(exchange: Exchange, admission: Admission, services: Services): void {
  if (exchange.downstream.isGone) return leave(exchange, services)
  const { pressure } = services
  const client = pressure.hasRoom ? null : clientOf(exchange)
  if (client !== null && !pressure.sends(client)) {
    exchange.detail = 'its client has as many requests under way as are left for others'
    return refuse(exchange, D.OVERLOADED, services)
  }
  exchange.sentFor = client
  if (lacksEvidence(exchange, services.evidence)) return refuse(exchange, D.EVIDENCE_UNAVAILABLE, services)
  keepRequest(exchange, services.evidence)
  const { publication, upstream, shadow } = admission.route
  const outcome: Outcome = {
    done: () => finish(exchange, services),
    failed: refusing(exchange, services),
  }
  if (publication !== null) return publish(exchange, publication, services.now(), outcome)
  const turn = turnOf(exchange, services)
  const signing = signingFor(exchange, turn, services)
  if (isDenial(signing)) return refuse(exchange, signing, services)
  identify(exchange, admission, services.now(), outcome, () =>
    guarded(exchange, services, () => {
      if (shadow.length > 0) exchange.observation = new Observation(exchange, admission, services)
      const { upstreams, pseudonym, now } = services
      forward(
        exchange,
        admission,
        upstreams.get(upstream) as Upstream,
        { pseudonym, signing, turn, now: now() },
        outcome,
      )
    }),
  )
}

/** What signs the answer, looked for before the upstream acts on the request; null where it goes out unsigned. */
function signingFor(exchange: Exchange, turn: Turn, services: Services): AnswerSigning | null | Denial {
  const { bodies, now } = services
  const demand = answerDemandOf(exchange)
  if (demand === null) return null
  const signer = signerOf(exchange, demand, now())
  if (signer === undefined) return D.SIGNING_UNAVAILABLE
  if (signer.isAway) {
    exchange.detail = 'the key service has not answered of late'
    return D.SIGNING_UNAVAILABLE
  }
  return { demand, signer, budget: bodies.of(clientOf(exchange)), now, turn }
}

function refuse(exchange: Exchange, denial: Denial, services: Services): void {
  exchange.decidedAt ??= performance.now()
  if (denial.error === 'use_dpop_nonce' || isTooOldForLedger(exchange, denial)) giveNonce(exchange, services)
  respondRefused(exchange, denial, services.now(), () => finish(exchange, services))
}

/** For whoever finds out later why a request cannot go on. */
function refusing(exchange: Exchange, services: Services): (denial: Denial, detail: string) => void {
  return (denial, detail) =>
    guarded(exchange, services, () => {
      exchange.detail = detail
      refuse(exchange, denial, services)
    })
}

/** A ledger that knows nothing of the time of a nonce may know of a fresh one; the old one would be sent until its life is over. */
function isTooOldForLedger({ evidence }: Exchange, denial: Denial): boolean {
  return denial === P.LEDGER_UNREADY && evidence.possession?.byNonce === true
}

function giveNonce(exchange: Exchange, services: Services): void {
  const demands = exchange.evidence.route?.demands
  if (demands) exchange.nonce = freshNonce(demands.dpop.nonce, services.now())
}

function finish(exchange: Exchange, services: Services): void {
  if (exchange.recorded) return
  exchange.recorded = true
  blame(exchange)
  services.pressure.ends(exchange.sentFor)
  exchange.held?.release()
  keepOutcome(exchange, services.evidence, services.ourKey)
  exchange.heldAnswer?.release()
  if (exchange.observation === null) services.record(exchange)
  else exchange.observation.whenKnown(() => services.record(exchange))
}

/** Whose body turned out to be none did not go away: its connection has refused it, in place of an answer that was still to be signed. */
function blame(exchange: Exchange): void {
  const { fault, hasBegun } = exchange.downstream
  if (fault === null) return
  exchange.gone = false
  exchange.refused = fault.denial
  exchange.detail = fault.detail
  if (hasBegun) return
  exchange.status = fault.denial.status
  exchange.takeBackAnswer()
}

/** The turn for one exchange: a bug ends that alone. */
function turnOf(exchange: Exchange, services: Services): Turn {
  const { turn } = services
  return {
    compute: (work) => turn.compute(() => guarded(exchange, services, work)),
    act: (step) => turn.act(() => guarded(exchange, services, step)),
  }
}

function guarded(exchange: Exchange, services: Services, step: () => void): void {
  try {
    step()
  } catch (bug) {
    fail(exchange, bug, services)
  }
}

/** Only bugs arrive here. They are told to the operator alone, and let nothing through. */
function fail(exchange: Exchange, bug: unknown, services: Services): void {
  exchange.detail = bug instanceof Error ? (bug.stack ?? bug.message) : String(bug)
  try {
    refuse(exchange, F.INTERNAL_FAULT, services)
  } catch {
    exchange.downstream.abort()
    finish(exchange, services)
  }
}
