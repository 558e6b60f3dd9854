import { type ChainEnd, type Entry, recordsIn } from './chain-end.ts'

export interface BatchWriterOptions {
  readonly end: ChainEnd
  /** Milliseconds between two syncs, at least. */
  readonly interval: number
  /** Milliseconds before what failed is tried again. */
  readonly retryAfter: number
  /** Milliseconds that the disk may take for a batch before it counts as one that takes nothing. */
  readonly patience: number
  /** The disk took nothing. Said once, until it does again. */
  readonly onFailure: (problem: Error) => void
  readonly onRecovery: () => void
}

/**
 * Hands entries to the end of a chain in the order in which they were given, in batches: one write and one sync for all that came
 * while the batch before was under way. Nothing that was given is dropped; what fails is tried again until it does not.
 */
export class BatchWriter {
  readonly #options: BatchWriterOptions
  #waiting: Entry[] = []
  #octets = 0
  #running: Promise<void> | null
  #wake: (() => void) | null = null
  #isClosing = false
  isFailing = false

  /** The file is made at once, so that it is known before the first request whether it can be. */
  constructor(options: BatchWriterOptions) {
    this.#options = options
    this.#running = this.#run()
  }

  /** Octets that are not known to be on the disk. */
  get unsynced(): number {
    return this.#octets + this.#options.end.unopened
  }

  /** Records that wait. */
  get records(): number {
    return recordsIn(this.#waiting)
  }

  give(entry: Entry): void {
    this.#waiting.push(entry)
    this.#octets += entry.record.length
    this.#running ??= this.#run()
  }

  /** Resolves when everything that was given is on the disk, or when one more attempt has failed. */
  async close(): Promise<void> {
    this.#isClosing = true
    this.#wake?.()
    await this.#running
    while (this.#hasMore) {
      await this.#attempt()
      if (this.isFailing) break
    }
    await this.#options.end.close()
  }

  /** For a thread that ends at once: writes what goes into the file that is open. Answers how many records did not. */
  leave(): number {
    if (this.#isClosing || this.#waiting.length === 0) return 0
    const batch = nextBatch(this.#waiting, Number.POSITIVE_INFINITY)
    try {
      this.#options.end.writeNow(batch)
      return recordsIn(this.#waiting.slice(batch.length))
    } catch {
      return this.records
    }
  }

  get #hasMore(): boolean {
    return this.#waiting.length > 0 || !this.#options.end.isOpen
  }

  async #run(): Promise<void> {
    while (this.#hasMore) {
      const pause = await this.#attempt()
      if (this.#isClosing && this.isFailing) break
      await this.#pause(pause)
    }
    this.#running = null
  }

  /** Writes what comes next; where that fails it waits still. Answers the milliseconds until the next time. */
  async #attempt(): Promise<number> {
    const { end, interval, retryAfter, patience, onRecovery } = this.#options
    const batch = nextBatch(this.#waiting)
    const isLeft = batch.length < this.#waiting.length
    const late = setTimeout(() => this.#fails(new Error('the disk does not answer')), patience)
    try {
      await end.write(batch)
    } catch (problem) {
      this.#fails(problem as Error)
      return retryAfter
    } finally {
      clearTimeout(late)
    }
    this.#waiting.splice(0, batch.length)
    for (const { record } of batch) this.#octets -= record.length
    if (this.isFailing) onRecovery()
    this.isFailing = false
    return isLeft ? 0 : interval
  }

  #fails(problem: Error): void {
    if (!this.isFailing) this.#options.onFailure(problem)
    this.isFailing = true
  }

  #pause(milliseconds: number): Promise<void> {
    if (this.#isClosing) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

/** What goes into one file, and no more at once than is hashed in a moment. The same again, or more, where it is tried again. */
function nextBatch(waiting: readonly Entry[], most = AT_ONCE): readonly Entry[] {
  let octets = 0
  const last = waiting.findIndex(({ record, kind }) => {
    octets += record.length
    return kind === 'end' || octets >= most
  })
  return waiting.slice(0, last < 0 ? undefined : last + 1)
}

/** Octets. */
const AT_ONCE = 1024 * 1024
