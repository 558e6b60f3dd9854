import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { fileName } from './chain-files.ts'
import { type EvidenceFiles, writeAllNow } from './files.ts'
import { sealLine } from './line.ts'
import { type Beginning, recoverChain } from './recover.ts'

export interface ChainEndOptions {
  readonly directory: string
  readonly thread: number
  readonly files: EvidenceFiles
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly events: ChainEndEvents
}

export interface ChainEndEvents {
  began(beginning: Beginning, file: string): void
  /** A file with an entry that ends it is on the disk. */
  rotated(closed: { readonly file: string; readonly n: number; readonly head: string }): void
  gone(file: GoneFile): void
  /** What is in it is on the disk all the same. */
  unclosed(path: string, problem: Error): void
}

/** A file that was taken away or cut while it was written, and what was known to be in it, up to the line with this hash. */
export interface GoneFile {
  readonly file: string
  readonly records: number
  readonly n: number
  readonly head: string
}

/** What becomes a line. */
export interface Entry {
  /** A JSON object, without what chains it. */
  readonly record: Buffer
  /** `note`: it tells of the chain alone. `end`: that as well, and what comes after it begins the next file. */
  readonly kind: 'record' | 'note' | 'end'
}

/**
 * The end of a chain, as it is on the disk. Records become lines only when they are written, so that a number or a hash that was
 * told to anybody is always one of a line that is there.
 */
export class ChainEnd {
  readonly #options: ChainEndOptions
  #chain = ''
  /** 0: where the chain goes on is not known yet. */
  #number = 0
  /** The line that the next is chained to. */
  #last: Last = { n: 0, hash: null }
  /** Number and hash of the last line that is on the disk. */
  head = { n: 0, hash: '' }
  #file: OpenFile | null = null
  #closing: Promise<void> = Promise.resolve()
  /** The record that opens the file, until it is on the disk. */
  #opening: Buffer | null = null

  constructor(options: ChainEndOptions) {
    this.#options = options
  }

  /** Finds where the chain goes on, once. Throws the system's error. */
  recover(): void {
    if (this.#number > 0) return
    const { directory, thread, files, events } = this.#options
    const beginning = recoverChain(directory, thread, files)
    const { chain, file, n, prev, before, torn } = beginning
    this.#chain = chain ?? randomUUID()
    this.#number = file
    this.#last = { n, hash: prev }
    this.head = { n, hash: prev ?? '' }
    this.#opening = this.#open({ before, torn })
    events.began(beginning, this.#name)
  }

  /** Octets of the record that opens the file, while it is not on the disk. */
  get unopened(): number {
    return this.#opening?.length ?? 0
  }

  get isOpen(): boolean {
    return this.#number > 0 && this.#opening === null
  }

  /** Writes them, and syncs. After a failure the same are given again, perhaps with more behind them, and become the same lines. */
  async write(batch: readonly Entry[]): Promise<void> {
    this.recover()
    const { files } = this.#options
    this.#file ??= await this.#create()
    const file = this.#file
    // A write behind what was cut off would fill the hole with zeros, and the size would show nothing.
    await this.#assertThere(file, file.size)
    const { octets, last } = this.#seal(batch)
    file.reached = last
    await files.write(file.handle, octets, file.size)
    await files.sync(file.handle)
    await this.#assertThere(file, file.size + octets.length)
    this.#last = last
    file.size += octets.length
    file.records += recordsIn(batch)
    this.head = { n: last.n, hash: last.hash ?? '' }
    this.#opening = null
    if (batch.at(-1)?.kind === 'end') this.#rotate()
  }

  /** Writes them into the file that is open, if there is one, and waits. What may be under way becomes the same lines, and there. */
  writeNow(batch: readonly Entry[]): void {
    const file = this.#file
    if (file === null) throw new Error('no file is open')
    const { files } = this.#options
    const { octets } = this.#seal(batch)
    const isThere = (size: number) => files.isAtNow(file.path, file.handle, size)
    // Behind what was cut off it would fill a hole with zeros.
    if (isThere(file.size)) writeAllNow(files, file.handle, octets, file.size)
    if (!isThere(file.size + octets.length)) throw new Error(`${file.path} was removed, moved or cut`)
  }

  /** Leaves the file. Never rejects, as whoever tried that again would close what may be another file by then. */
  async close(): Promise<void> {
    this.#leaveFile()
    await this.#closing
  }

  #leaveFile(): void {
    const file = this.#file
    if (file === null) return
    const { files, events } = this.#options
    this.#file = null
    const closed = files.close(file.handle).catch((problem: Error) => events.unclosed(file.path, problem))
    const before = this.#closing
    this.#closing = closed.then(() => before)
  }

  get #name(): string {
    return fileName(this.#options.thread, this.#number)
  }

  /** What is written is done with at once: a file that is slow to close holds up nothing, and is closed before the end. */
  #rotate(): void {
    const { n, hash: head } = this.head
    this.#options.events.rotated({ file: this.#name, n, head })
    this.#number++
    this.#opening = this.#open({ before: 'closed', torn: null })
    this.#leaveFile()
  }

  /** Throws where the file was taken away or cut; what is not yet known to be in it is given again, for the next. */
  async #assertThere({ path, handle, records, reached }: OpenFile, size: number): Promise<void> {
    const { files, events } = this.#options
    if (await files.isAt(path, handle, size)) return
    const { n, hash: head } = this.head
    const gone = { file: this.#name, records, n, head }
    this.#last = reached
    this.#number++
    this.#opening = this.#open({ before: 'gone', torn: null, gone })
    events.gone(gone)
    await this.close()
    throw new Error(`${path} was removed, moved or cut`)
  }

  #open(how: Opening): Buffer {
    const time = new Date(this.#options.now()).toISOString()
    const { thread } = this.#options
    const record = { time, kind: 'open', chain: this.#chain, thread, file: this.#number, ...how }
    return Buffer.from(JSON.stringify(record))
  }

  #seal(batch: readonly Entry[]): { readonly octets: Buffer; readonly last: Last } {
    const records = batch.map(({ record }) => record)
    if (this.#opening !== null) records.unshift(this.#opening)
    let { n, hash: prev } = this.#last
    const lines = records.map((record) => {
      const { octets, hash } = sealLine(++n, prev, record)
      prev = hash
      return octets
    })
    return { octets: Buffer.concat(lines), last: { n, hash: prev } }
  }

  async #create(): Promise<OpenFile> {
    const { directory, files } = this.#options
    const path = join(directory, this.#name)
    return { path, handle: await files.create(path), size: 0, records: 0, reached: this.#last }
  }
}

export function recordsIn(entries: readonly Entry[]): number {
  return entries.filter(({ kind }) => kind === 'record').length
}

interface Last {
  readonly n: number
  readonly hash: string | null
}

interface OpenFile {
  readonly path: string
  readonly handle: number
  /** Of what is known to be in it. */
  size: number
  records: number
  /** The last line that may be in it. Where the file is gone it may be found, so no other line may have its number. */
  reached: Last
}

/** How the file before ended, as the line that opens a file says it. */
interface Opening extends Pick<Beginning, 'torn'> {
  readonly before: Beginning['before'] | 'gone'
  readonly gone?: GoneFile
}
