import { type Notice, noticeText } from '../../config/problem.ts'
import type { Log } from '../../services/log/log.ts'

/**
 * Tells the log what an operator should know: all of it at the start and after a reload, and in between what has become so, such as a
 * revocation list that ended. A gateway serves for months, and nobody reloads it to be told.
 */
export class ToldNotices {
  readonly #log: Pick<Log, 'warn'>
  readonly #looking: NodeJS.Timeout
  #told: ReadonlySet<string> = new Set()

  /** `read`: what there is to be told of what serves. */
  constructor(log: Pick<Log, 'warn'>, read: () => readonly Notice[]) {
    this.#log = log
    this.#looking = setInterval(() => this.#tellNew(read()), LOOKED_EVERY).unref()
  }

  /** All of these, whatever was told before. */
  tell(notices: readonly Notice[]): void {
    this.#told = new Set()
    this.#tellNew(notices)
  }

  stop(): void {
    clearInterval(this.#looking)
  }

  #tellNew(notices: readonly Notice[]): void {
    const texts = new Set(notices.map(noticeText))
    for (const text of texts.difference(this.#told)) this.#log.warn(text)
    this.#told = texts
  }
}

/** Milliseconds. */
const LOOKED_EVERY = 600_000
