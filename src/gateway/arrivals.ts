import type { ListenerRules } from '../decision/scan.ts'
import type { Exchange } from './exchange.ts'
import { type Services, serve } from './serve.ts'

/** A request that has arrived, with what it is served by whatever comes to hold meanwhile. */
interface Arrival {
  readonly exchange: Exchange
  readonly rules: ListenerRules
  readonly services: Services
}

/**
 * Requests that arrive in one turn of the event loop are judged at its end, one after the other, and only then sent on or refused.
 * A verification reads a table of 150 KiB; between reading from sockets and writing to them it would find that, and the code around
 * it, gone from the processor's caches each time. Nobody waits: the turn ends when all has been read that is there.
 */
export class Arrivals {
  #waiting: Arrival[] = []
  #judged: (() => void)[] = []
  #isJudging = false

  add(exchange: Exchange, rules: ListenerRules, services: Services): void {
    if (this.#waiting.push({ exchange, rules, services }) === 1) setImmediate(this.#serveAll)
  }

  /** Acts on a verdict: once all that arrived with the request are judged, or at once where it had to wait for its verdict. */
  readonly depart = (act: () => void): void => {
    if (this.#isJudging) this.#judged.push(act)
    else act()
  }

  readonly #serveAll = (): void => {
    const arrived = this.#waiting
    this.#waiting = []
    this.#isJudging = true
    for (const { exchange, rules, services } of arrived)
      if (exchange.downstream.isBehindLast) exchange.downstream.body.resume()
      else serve(exchange, rules, services)
    this.#isJudging = false
    const judged = this.#judged
    this.#judged = []
    for (const act of judged) act()
  }
}
