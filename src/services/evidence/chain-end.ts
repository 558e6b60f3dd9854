import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { EvidenceFiles } from './files.ts'
import { sealLine } from './line.ts'
import { type Beginning, fileName, recoverChain } from './recover.ts'

export interface ChainEndOptions {
  readonly directory: string
  readonly thread: number
  readonly files: EvidenceFiles
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly began: (beginning: Beginning, file: string) => void
  /** What was given with `endsFile` is on the disk. */
  readonly rotated: (closed: { readonly file: string; readonly n: number; readonly head: string }) => void
}

/** What becomes a line. */
export interface Entry {
  /** A JSON object, without what chains it. */
  readonly record: Buffer
  /** What comes after it begins the next file. */
  readonly endsFile: boolean
}

/**
 * The end of a chain, as it is on the disk. Records become lines only when they are written, so that a number or a hash that was
 * told to anybody is always one of a line that is there.
 */
export class ChainEnd {
  readonly #options: ChainEndOptions
  readonly #chain: string
  #number: number
  #n: number
  #prev: string | null
  #file: { readonly path: string; readonly handle: number; size: number } | null = null
  /** The record that opens the file, until it is on the disk. */
  #opening: Buffer | null

  /** Throws the system's error where the directory cannot be used. */
  constructor(options: ChainEndOptions) {
    const beginning = recoverChain(options.directory, options.thread)
    this.#options = options
    this.#chain = beginning.chain ?? randomUUID()
    this.#number = beginning.file
    this.#n = beginning.n
    this.#prev = beginning.prev
    options.began(beginning, this.#name)
    this.#opening = this.#open({ before: beginning.before, torn: beginning.torn })
  }

  /** Octets of the record that opens the file, while it is not on the disk. */
  get unopened(): number {
    return this.#opening?.length ?? 0
  }

  get isOpen(): boolean {
    return this.#opening === null
  }

  /** Number and hash of the last line that is on the disk. */
  get head(): { readonly n: number; readonly hash: string } {
    return { n: this.#n, hash: this.#prev ?? '' }
  }

  /** Writes them, and syncs. After a failure the same are given again, perhaps with more behind them, and become the same lines. */
  async write(batch: readonly Entry[]): Promise<void> {
    const { files, rotated } = this.#options
    const file = await this.#fileAt(join(this.#options.directory, this.#name))
    const { octets, n, prev } = this.#seal(batch)
    await files.write(file.handle, octets, file.size)
    await files.sync(file.handle)
    file.size += octets.length
    this.#n = n
    this.#prev = prev
    this.#opening = null
    if (batch.at(-1)?.endsFile !== true) return
    rotated({ file: this.#name, n, head: this.head.hash })
    this.#number++
    this.#opening = this.#open({ before: 'closed', torn: null })
  }

  async close(): Promise<void> {
    if (this.#file !== null) await this.#options.files.close(this.#file.handle).catch(() => {})
    this.#file = null
  }

  get #name(): string {
    return fileName(this.#options.thread, this.#number)
  }

  #open(how: Pick<Beginning, 'before' | 'torn'>): Buffer {
    const time = new Date(this.#options.now()).toISOString()
    const { thread } = this.#options
    const record = { time, kind: 'open', chain: this.#chain, thread, file: this.#number, ...how }
    return Buffer.from(JSON.stringify(record))
  }

  #seal(batch: readonly Entry[]) {
    let n = this.#n
    let prev = this.#prev
    const records = batch.map(({ record }) => record)
    if (this.#opening !== null) records.unshift(this.#opening)
    const lines = records.map((record) => {
      const { octets, hash } = sealLine(++n, prev, record)
      prev = hash
      return octets
    })
    return { octets: Buffer.concat(lines), n, prev }
  }

  async #fileAt(path: string) {
    if (this.#file?.path === path) return this.#file
    const { files } = this.#options
    const handle = await files.create(path)
    if (this.#file !== null) await files.close(this.#file.handle)
    this.#file = { path, handle, size: 0 }
    return this.#file
  }
}
