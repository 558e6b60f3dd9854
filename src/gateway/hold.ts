import type { Holds } from '../decision/decide-body.ts'
import { D } from '../decision/denials.ts'
import type { Denial } from '../domain/denial.ts'
import type { HeldBody } from '../domain/held-body.ts'
import type { BodyBudget } from '../domain/ports.ts'
import type { RequestFacts } from '../domain/request-facts.ts'
import type { CommonPlaces } from '../services/common-places.ts'
import { contentHasher } from '../verify/content-digest/hasher.ts'
import { isCutShort, isEmpty } from './body.ts'
import type { Downstream } from './downstream.ts'
import { HeldOctets } from './held-octets.ts'

/** What becomes of a body that is held back. Called once. */
export interface HoldOutcome {
  whole(body: HeldBody, octets: HeldOctets): void
  refused(denial: Denial, detail: string): void
  /** The client went away, or broke its body off. */
  gone(): void
}

/** What a body that is held back takes of what all clients have in common. */
export interface Shared {
  readonly budget: BodyBudget
  /** Of requests that wait for their body. */
  readonly places: CommonPlaces
  readonly client: string
}

/**
 * Takes the whole body of an admitted request into memory, so that it can be judged before the upstream sees any of it.
 * What it takes is bounded for itself (`holds.limit`, `holds.within`) and for all together (`shared`).
 */
export function holdBody(
  downstream: Downstream,
  facts: RequestFacts,
  holds: Holds,
  shared: Shared,
  outcome: HoldOutcome,
): void {
  const { contentLength } = facts
  const { budget, places, client } = shared
  const octets = new HeldOctets(budget, contentLength)
  const hasher = contentHasher(holds.algorithms)
  const whole = () => {
    octets.close()
    const { blocks, length } = octets
    outcome.whole({ blocks, length, digests: hasher.digests(), trailers: downstream.trailers }, octets)
  }
  if (isEmpty(downstream, facts)) return whole()
  if (places.isFullFor(client))
    return outcome.refused(D.BODY_NO_ROOM, places.told('requests wait for their body', client))
  if (!octets.reserve()) return outcome.refused(D.BODY_NO_ROOM, `no room for ${contentLength} octets more`)

  places.take(client)
  const { body } = downstream
  const ended = (tell: () => void) => {
    places.give(client)
    clearTimeout(timer)
    body.off('data', onData)
    body.off('end', onEnd)
    body.off('close', onClose)
    tell()
  }
  const refused = (denial: Denial, detail: string) =>
    ended(() => {
      octets.release()
      outcome.refused(denial, detail)
    })
  const onData = (part: Buffer) => {
    if (octets.length + part.length > holds.limit)
      refused(D.BODY_TOO_LARGE, `more than ${holds.limit} octets`)
    else if (!octets.add(part)) refused(D.BODY_NO_ROOM, `no room after ${octets.length} octets`)
    else hasher.add(part)
  }
  const onClose = () =>
    ended(() => {
      octets.release()
      outcome.gone()
    })
  const onEnd = () => (isCutShort(body) ? onClose() : ended(whole))
  const timer = setTimeout(
    () => refused(D.REQUEST_TIMEOUT, `the body was not whole after ${holds.within} ms`),
    holds.within,
  )
  body.on('data', onData)
  body.once('end', onEnd)
  body.once('close', onClose)
  downstream.proceed()
}
