import { Evidence } from '../decision/evidence.ts'
import { judgeInShadow, type ShadowRule } from '../decision/shadow.ts'
import { type Spendable, spend } from '../decision/spend.ts'
import { Admission, type Verdict } from '../decision/verdict.ts'
import type { Denial } from '../domain/denial.ts'
import { Need } from '../domain/need.ts'
import type { Once } from '../domain/ports.ts'
import type { RequestFacts } from '../domain/request-facts.ts'
import { freshNonce } from '../verify/dpop/nonce.ts'
import type { Exchange } from './exchange.ts'
import type { Services } from './serve.ts'
import { suppliedInPlace } from './supply.ts'
import { watchBody } from './watch-body.ts'

/** What a rule that only watches would have refused. */
export interface ShadowRefusal {
  readonly rule: string
  readonly code: string
  /** For the operator. */
  readonly detail: string | null
}

/**
 * Judges an admitted request by each rule of its route that only watches, by what was true when it was admitted. Nothing of it
 * decides: what such a rule has to say is written down, and counted.
 */
export class Observation {
  readonly refusals: ShadowRefusal[] = []
  /** The client, by a token that such a rule verified. */
  clientId: string | null = null
  readonly #exchange: Exchange
  readonly #admission: Admission
  readonly #services: Services
  readonly #now: number
  /** What is still being found out. */
  readonly #pending: Promise<void>[] = []
  /** What came of spending each thing: it is spent once, whatever the number of rules that ask for it. */
  readonly #spent = new Map<string, Denial | undefined>()

  constructor(exchange: Exchange, admission: Admission, services: Services) {
    this.#exchange = exchange
    this.#admission = admission
    this.#services = services
    this.#now = services.now()
    for (const { once } of admission.spends) this.#spent.set(nameOf(once), undefined)
    for (const rule of admission.route.shadow) this.#judge(rule)
  }

  /** Calls back when all is known: at once where it is. */
  whenKnown(callback: () => void): void {
    if (this.#pending.length === 0) callback()
    else void Promise.allSettled(this.#pending).then(callback)
  }

  #judge(rule: ShadowRule): void {
    const { facts, snapshot, evidence: proved } = this.#exchange
    const evidence = new Evidence()
    // What one issuer said of the token no other has said.
    if (proved.token !== null && rule.demands.issuers.includes(proved.token.trust))
      evidence.introspection = proved.introspection
    evidence.consent = proved.consent
    const { route } = this.#admission
    const judge = () => judgeInShadow(facts as RequestFacts, route, rule, snapshot, evidence, this.#now)
    const verdict = judge()
    if (verdict instanceof Need) {
      // By then the body is on its way, and a part of it tells nothing of the whole.
      const told: Pick<Exchange, 'detail'> = { detail: null }
      const late = suppliedInPlace(this.#exchange, verdict, judge, this.#services.watchedNeeds, told).then(
        (each) => void this.#conclude(rule, each, evidence, told.detail),
      )
      this.#pending.push(late)
      return
    }
    if (this.#conclude(rule, verdict, evidence)) return
    const watched = watchBody(this.#exchange, verdict as Admission, this.#services, (refused) =>
      this.#note(rule, refused, evidence),
    )
    if (watched !== undefined) this.#pending.push(watched)
  }

  /** Whether the rule would have refused by the head. */
  #conclude(
    rule: ShadowRule,
    verdict: Exclude<Verdict, Need>,
    evidence: Evidence,
    detail: string | null = null,
  ): boolean {
    this.clientId ??= evidence.token?.clientId ?? null
    const objection = verdict instanceof Admission ? this.#spend(verdict.spends) : verdict
    if (objection !== undefined) this.#note(rule, objection, evidence, detail)
    return objection !== undefined
  }

  /** Such as a proof on a public route. What was spent to admit the request is this request's alone. */
  #spend(spends: readonly Spendable[]): Denial | undefined {
    for (const each of spends) {
      const name = nameOf(each.once)
      if (!this.#spent.has(name)) this.#spent.set(name, spend([each], this.#services.ledger))
      const objection = this.#spent.get(name)
      if (objection !== undefined) return objection
    }
    return undefined
  }

  #note(
    { name, demands }: ShadowRule,
    { code, error }: Denial,
    { objected }: Evidence,
    detail: string | null = null,
  ): void {
    this.refusals.push({ rule: name, code, detail: objected?.objection.detail ?? detail })
    // Who is to be asked for nonces one day is given them from now on (RFC 9449 §8.2).
    if (error === 'use_dpop_nonce') this.#exchange.nonce ??= freshNonce(demands.dpop.nonce, this.#now)
  }
}

function nameOf({ jkt, jti }: Once): string {
  return `${jkt} ${jti}`
}
