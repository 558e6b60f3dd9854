import type { Admission, Verdict } from '../decision/verdict.ts'
import type { Denial } from '../domain/denial.ts'
import { Need } from '../domain/need.ts'
import type { CommonPlaces } from '../services/common-places.ts'
import type { Exchange } from './exchange.ts'
import { askerOf } from './share-holder.ts'

/** Who waits while a server is silent leaves room for those who need nothing of it; where there is no place to wait at the detail says so. */
export async function suppliedInPlace(
  exchange: Exchange,
  need: Need,
  decideAgain: () => Verdict,
  places: CommonPlaces,
  told: { detail: string | null } = exchange,
): Promise<Admission | Denial> {
  const asker = askerOf(exchange)
  if (places.isFullFor(asker)) {
    told.detail = places.told('requests wait for what they lack', asker)
    return need.otherwise
  }
  places.take(asker)
  return supplied(need, decideAgain, asker).finally(() => places.give(asker))
}

/** The cold path: fetches what a decision lacks and has it made again; each need once, five at most. */
export async function supplied(
  first: Need,
  decideAgain: () => Verdict,
  asker?: string,
): Promise<Admission | Denial> {
  let verdict: Verdict = first
  const asked = new Set<string>()
  while (verdict instanceof Need) {
    const need: Need = verdict
    const what = `${need.kind} ${need.subject}`
    const fresh = asked.size < NEEDS_AT_MOST && !asked.has(what)
    asked.add(what)
    verdict = fresh && (await need.supply(asker)) ? decideAgain() : need.otherwise
  }
  return verdict
}

/** To open a token, its issuer's keys, its status list, its client's keys and its consent. */
const NEEDS_AT_MOST = 5
