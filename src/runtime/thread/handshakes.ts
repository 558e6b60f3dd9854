import { type HandshakeFailure, NOTHING_SENT } from '../../gateway/handshake-failure.ts'
import type { Log } from '../../services/log/log.ts'
import type { Metrics } from '../../services/metrics/metrics.ts'

/**
 * Tells of handshakes that failed, which leave no request that could tell. Anybody can make them fail as fast as he likes, so of
 * each kind one line is written in a second; the next one says how many had none.
 */
export class Handshakes {
  readonly #log: Pick<Log, 'info'>
  readonly #metrics: Pick<Metrics, 'handshakeFailed'>
  readonly #kinds = new Map<string, { toldAt: number; untold: number }>()

  constructor(log: Pick<Log, 'info'>, metrics: Pick<Metrics, 'handshakeFailed'>) {
    this.#log = log
    this.#metrics = metrics
  }

  failed(listener: string, { reason, remoteAddress: remote }: HandshakeFailure): void {
    this.#metrics.handshakeFailed(reason)
    if (reason === NOTHING_SENT) return
    const kind = `${listener} ${reason}`
    const { toldAt, untold } = this.#kinds.get(kind) ?? { toldAt: Number.NEGATIVE_INFINITY, untold: 0 }
    const now = performance.now()
    const isDue = now - toldAt >= EVERY
    this.#kinds.set(kind, isDue ? { toldAt: now, untold: 0 } : { toldAt, untold: untold + 1 })
    if (isDue)
      this.#log.info('handshake failed', { listener, remote, reason, ...(untold > 0 ? { untold } : {}) })
  }
}

/** Milliseconds. */
const EVERY = 1_000
