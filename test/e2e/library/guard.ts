import { randomUUID } from 'node:crypto'
import {
  Admission,
  type Claim,
  type Denial,
  decide,
  Evidence,
  freshNonce,
  isDenial,
  type KeySource,
  type ListenerRules,
  Need,
  type NodeRequest,
  type Once,
  type Refusal,
  type ReplayLedger,
  type RequestFacts,
  readJwkSet,
  refusal,
  requestFacts,
  type Snapshot,
  spend,
  type VerificationKey,
} from '../../../src/index.ts'

/** What a server of one's own needs to ask the decision. */
export interface Guard {
  readonly snapshot: Snapshot
  readonly rules: ListenerRules
  readonly ledger: ReplayLedger
}

/** Judges one request: its admission, or the answer to send instead. */
export async function judge(request: NodeRequest, guard: Guard): Promise<Admission | Refusal> {
  const now = () => Math.floor(Date.now() / 1000)
  const evidence = new Evidence()
  const facts = requestFacts(request, guard.rules)
  if (isDenial(facts)) return refused(facts, null, evidence, guard, now())
  let verdict = decide(facts, guard.snapshot, evidence, now())
  // What is lacking is fetched, once each, and the decision asked again.
  for (const asked = new Set<string>(); verdict instanceof Need; ) {
    const need: Need = verdict
    const fresh = !asked.has(need.kind + need.subject)
    asked.add(need.kind + need.subject)
    verdict = fresh && (await need.supply()) ? decide(facts, guard.snapshot, evidence, now()) : need.otherwise
  }
  // Last, and at once: the proof is spent, so that it cannot be used again.
  if (verdict instanceof Admission) verdict = spend(verdict.spends, guard.ledger) ?? verdict
  return verdict instanceof Admission ? verdict : refused(verdict, facts, evidence, guard, now())
}

function refused(
  denial: Denial,
  facts: RequestFacts | null,
  { route, objected }: Evidence,
  { snapshot }: Guard,
  now: number,
): Refusal {
  const demands = route?.demands ?? null
  const answer = refusal(denial, {
    facts,
    demands,
    metadata: null,
    wanted: objected?.objection.challenge ?? null,
    interactionId: facts?.interactionId ?? randomUUID(),
    now,
    answers: route?.answers ?? snapshot.answers,
    allowed: () => (facts === null ? [] : snapshot.router.allowed(facts)),
  })
  if (denial.error !== 'use_dpop_nonce' || demands === null) return answer
  return { ...answer, fields: [...answer.fields, 'dpop-nonce', freshNonce(demands.dpop.nonce, now)] }
}

/** The keys of one issuer, fetched when a token names one that is not known. */
export function keysFrom(jwksUri: string): KeySource<VerificationKey> {
  let keys: readonly VerificationKey[] = []
  let fetchedAt = 0
  return {
    candidates: (kid) => keys.filter((key) => kid === null || key.kid === kid),
    holds: (key) => keys.includes(key),
    // Not at every unknown name, or anyone could have this server flood the other.
    standing: () => (Date.now() - fetchedAt > 60_000 ? 'ask' : 'absent'),
    ask: async () => {
      fetchedAt = Date.now()
      const found = await fetch(jwksUri)
        .then((answer) => answer.json())
        .then(readJwkSet)
        .catch(() => undefined)
      keys = found ?? keys
      return found !== undefined
    },
  }
}

/** Spent proofs in the memory of one process, for as long as they could be used again. Several processes need a common one. */
export function memoryLedger(liveSeconds: number, most: number): ReplayLedger {
  const spent = new Map<string, number>()
  return {
    spend({ jkt, jti, madeAt }: Once): Claim {
      const now = Date.now() / 1000
      const proof = `${jkt} ${jti}`
      if (spent.has(proof)) return 'replayed'
      for (const [each, until] of spent) {
        if (until > now) break
        spent.delete(each)
      }
      // It may not forget one that is live: where there is no room left, it says so, and the request is refused.
      if (spent.size >= most) return 'full'
      spent.set(proof, Math.max(madeAt, now) + liveSeconds)
      return 'first'
    },
  }
}
