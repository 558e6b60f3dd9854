import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { EvidenceRecord } from '../../domain/evidence-record.ts'
import type { EvidenceLog } from '../../domain/ports.ts'
import { BatchWriter } from './batch-writer.ts'
import { type EvidenceFiles, systemFiles } from './files.ts'
import { sealLine } from './line.ts'
import { type Beginning, fileName, recoverChain } from './recover.ts'

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
  readonly retryAfter?: number
}

/** What the operator is told. `head` is the hash of the last line: noted elsewhere, it shows later that none is missing. */
export interface EvidenceEvents {
  began(beginning: Beginning, file: string): void
  rotated(closed: { readonly file: string; readonly n: number; readonly head: string }): void
  failed(problem: Error): void
  recovered(): void
  /** Records that could not be taken in, since the last of these. */
  lost(count: number): void
}

/** The chain of one thread: each line holds the hash of the line before, also from file to file and over a crash. */
export class EvidenceChain implements EvidenceLog {
  readonly #options: EvidenceOptions
  readonly #writer: BatchWriter
  readonly #chain: string
  #file: number
  #n: number
  #prev: string | null
  #size = 0
  #openedAt = 0
  #lost = 0

  /** Throws the system's error where the directory cannot be used. */
  constructor(options: EvidenceOptions) {
    const beginning = recoverChain(options.directory, options.thread)
    this.#options = options
    this.#chain = beginning.chain ?? randomUUID()
    this.#file = beginning.file
    this.#n = beginning.n
    this.#prev = beginning.prev
    this.#writer = new BatchWriter({
      files: options.files ?? systemFiles,
      interval: options.syncInterval,
      retryAfter: options.retryAfter ?? RETRY_AFTER,
      onFailure: options.events.failed,
      onRecovery: options.events.recovered,
    })
    options.events.began(beginning, fileName(options.thread, beginning.file))
    this.#open({ before: beginning.before, torn: beginning.torn })
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

  /** Number and hash of the last line. */
  get head(): { readonly n: number; readonly hash: string } {
    return { n: this.#n, hash: this.#prev ?? '' }
  }

  append(record: EvidenceRecord): void {
    // What was let through because it could be kept is kept; those are no more than the requests under way.
    const mustKeep = record.kind !== 'refusal' && !this.#options.isOptional
    if (!mustKeep && !this.isReady) {
      this.#lost++
      return
    }
    if (this.#lost > 0) {
      this.#options.events.lost(this.#lost)
      this.#line({ kind: 'gap', lost: this.#lost })
      this.#lost = 0
    }
    const { rotateSize, rotateAge, now } = this.#options
    if (this.#size >= rotateSize || now() - this.#openedAt >= rotateAge) this.#rotate()
    this.#line(record)
  }

  /** Closes the file; what waits is written before that, if the disk takes it. */
  async close(): Promise<void> {
    if (this.#lost > 0) this.#line({ kind: 'gap', lost: this.#lost })
    this.#line({ kind: 'close', reason: 'end' })
    await this.#writer.close()
  }

  #rotate(): void {
    this.#line({ kind: 'close', reason: 'rotation' })
    const file = fileName(this.#options.thread, this.#file)
    this.#options.events.rotated({ file, n: this.#n, head: this.head.hash })
    this.#file++
    this.#open({ before: 'closed', torn: null })
  }

  #open(how: Pick<Beginning, 'before' | 'torn'>): void {
    this.#size = 0
    this.#openedAt = this.#options.now()
    const { thread } = this.#options
    this.#line({ kind: 'open', chain: this.#chain, thread, file: this.#file, ...how })
  }

  #line(record: object): void {
    const time = new Date(this.#options.now()).toISOString()
    const { text, hash } = sealLine(++this.#n, this.#prev, { time, ...record })
    this.#prev = hash
    this.#size += Buffer.byteLength(text)
    this.#writer.give(join(this.#options.directory, fileName(this.#options.thread, this.#file)), text)
  }
}

/** Milliseconds. */
const RETRY_AFTER = 1_000
