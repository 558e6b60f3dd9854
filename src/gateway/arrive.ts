import type { ListenerRules } from '../decision/scan.ts'
import type { Snapshot } from '../decision/snapshot.ts'
import type { Downstream } from './downstream.ts'
import { Exchange } from './exchange.ts'
import { type Services, serve } from './serve.ts'
import type { EventLoopTurn } from './turn.ts'

/** What a request is judged by. */
export interface InForce {
  readonly snapshot: Snapshot
  /** By the listener's name. */
  readonly rules: ReadonlyMap<string, ListenerRules>
  readonly services: Services
}

/** Serves a request once all has been read that arrives with it, and its turn has come: by what is in force then. */
export function arrive(
  downstream: Downstream,
  listener: string,
  turn: EventLoopTurn,
  inForce: () => InForce,
): void {
  const since = performance.now()
  const judge = (isTooMuch: boolean) => {
    const { raw, connection } = downstream
    const { peer, peerRejected } = connection
    // Its certificate may have come to be trusted no more while it waited.
    if (raw.peer !== peer) downstream.raw = { ...raw, peer, peerRejected }
    const { snapshot, rules, services } = inForce()
    serve(new Exchange(downstream, listener, snapshot, since), rules.get(listener)!, isTooMuch, services)
  }
  turn.judge({ downstream, judge })
}
