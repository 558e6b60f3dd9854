import type { EvidenceRecord } from '../../domain/evidence-record.ts'
import type { EvidenceLog } from '../../domain/ports.ts'
import { BatchWriter } from './batch-writer.ts'
import { ChainEnd, type ChainEndEvents, type Entry } from './chain-end.ts'
import { type EvidenceFiles, isFull, systemFiles } from './files.ts'
import { AROUND } from './line.ts'

export interface EvidenceOptions {
  readonly directory: string
  /** Each thread has a chain of its own. */
  readonly thread: number
  /** Octets, and milliseconds, after which a file is closed and the next begins. */
  readonly rotateSize: number
  readonly rotateAge: number
  /** Milliseconds between two syncs, at least. */
  readonly syncInterval: number
  /** Octets that may wait for the disk. */
  readonly queueSize: number
  /** Requests pass while nothing can be kept. */
  readonly isOptional: boolean
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly events: EvidenceEvents
  /** The system's, unless a test says otherwise. */
  readonly files?: EvidenceFiles
  /** Milliseconds. */
  readonly retryAfter?: number
  /** Milliseconds. */
  readonly patience?: number
}

/** What the operator is told. `head` is the hash of the last line: noted elsewhere, it shows later that none is missing. */
export interface EvidenceEvents extends ChainEndEvents {
  failed(problem: Error): void
  recovered(): void
  /** Records that were not kept and will not be; told as it happens. */
  lost(count: number): void
  /** So many of those in a row, as the chain says it. */
  gap(count: number): void
}

/** The chain of one thread: each line holds the hash of the line before, also from file to file and over a crash. */
export class EvidenceChain implements EvidenceLog {
  readonly #options: EvidenceOptions
  readonly #end: ChainEnd
  readonly #writer: BatchWriter
  /** Octets of the file, about, when all is written that was given. */
  #size = OPENING
  #openedAt: number
  #lost = 0

  /** Throws the system's error where the directory cannot be used, unless only room is missing: that comes back, or nothing is kept. */
  constructor(options: EvidenceOptions) {
    const { directory, thread, now, events, files = systemFiles } = options
    this.#options = options
    this.#openedAt = now()
    this.#end = new ChainEnd({ directory, thread, files, now, events })
    try {
      this.#end.recover()
    } catch (problem) {
      // The writer tries it again, at once for the first time, and tells what is wrong.
      if (!isFull(problem)) throw problem
    }
    this.#writer = new BatchWriter({
      end: this.#end,
      interval: options.syncInterval,
      retryAfter: options.retryAfter ?? RETRY_AFTER,
      patience: options.patience ?? PATIENCE,
      onFailure: events.failed,
      onRecovery: events.recovered,
    })
  }

  get isReady(): boolean {
    return !this.#writer.isFailing && this.#writer.unsynced < this.#options.queueSize
  }

  get isOptional(): boolean {
    return this.#options.isOptional
  }

  /** Octets that are not known to be on the disk. */
  get unsynced(): number {
    return this.#writer.unsynced
  }

  /** Number and hash of the last line that is on the disk. */
  get head(): { readonly n: number; readonly hash: string } {
    return this.#end.head
  }

  append(record: EvidenceRecord): void {
    // What was let through because it could be kept is kept; those are no more than the requests under way.
    const mustKeep = record.kind !== 'refusal' && !this.#options.isOptional
    if (!mustKeep && !this.isReady) {
      this.#lost++
      this.#options.events.lost(1)
      return
    }
    this.#tellGap()
    const { rotateSize, rotateAge, now } = this.#options
    if (this.#size >= rotateSize || now() - this.#openedAt >= rotateAge) this.#rotate()
    this.#give(record, 'record')
  }

  /** Closes the file; what waits is written before that, if the disk takes it. Answers how many records are then not on the disk. */
  async close(): Promise<number> {
    this.#tellGap()
    this.#give({ kind: 'close', reason: 'end' }, 'note')
    await this.#writer.close()
    const { records } = this.#writer
    if (records > 0) this.#options.events.lost(records)
    return records
  }

  /** For a thread that ends by a fault: what waits is written there and then. Answers how many records are lost with it. */
  leave(): number {
    return this.#writer.leave()
  }

  #tellGap(): void {
    if (this.#lost === 0) return
    this.#options.events.gap(this.#lost)
    this.#give({ kind: 'gap', lost: this.#lost }, 'note')
    this.#lost = 0
  }

  #rotate(): void {
    this.#give({ kind: 'close', reason: 'rotation' }, 'end')
    this.#size = OPENING
    this.#openedAt = this.#options.now()
  }

  #give(about: object, kind: Entry['kind']): void {
    const time = new Date(this.#options.now()).toISOString()
    const record = Buffer.from(JSON.stringify({ time, ...about }))
    this.#size += record.length + AROUND
    this.#writer.give({ record, kind })
  }
}

/** Milliseconds. */
const RETRY_AFTER = 1_000
const PATIENCE = 10_000
/** Octets of the line that opens a file, about. */
const OPENING = 400
