import { D } from '../decision/denials.ts'
import { upstreamIdentity } from '../decision/upstream-identity.ts'
import type { Admission } from '../decision/verdict.ts'
import type { Exchange } from './exchange.ts'
import type { Outcome } from './forward.ts'

/**
 * Makes what the upstream is told under our signature, where it is to be, and then goes on: at once where the key is here, later
 * where it is elsewhere. What cannot be signed is not forwarded.
 */
export function identify(
  exchange: Exchange,
  { route, token }: Admission,
  now: number,
  { done, failed }: Outcome,
  proceed: () => void,
): void {
  const { facts, interactionId, downstream } = exchange
  if (route.identity === null || token === null || facts === null) return proceed()
  const { remoteAddress } = downstream.connection
  const signed = upstreamIdentity({ facts, token, interactionId, remoteAddress }, route.identity, now)
  if (signed === undefined) return failed(D.SIGNING_UNAVAILABLE, 'no signing key has its turn')
  if (typeof signed === 'string') {
    exchange.txnToken = signed
    return proceed()
  }
  signed.then(
    (late) => {
      exchange.txnToken = late
      exchange.gone = downstream.isGone
      if (exchange.gone) done()
      else proceed()
    },
    (problem: unknown) => failed(D.SIGNING_UNAVAILABLE, String(problem)),
  )
}
