import type { EvidenceFiles } from './files.ts'

export interface BatchWriterOptions {
  readonly files: EvidenceFiles
  /** Milliseconds between two syncs, at least. */
  readonly interval: number
  /** Milliseconds before what failed is tried again. */
  readonly retryAfter: number
  /** The disk took nothing. Said once, until it does again. */
  readonly onFailure: (problem: Error) => void
  readonly onRecovery: () => void
}

/**
 * Writes lines to files in the order in which they were given, in batches: one write and one sync for all that came while the
 * batch before was under way. Nothing that was given is dropped; what fails is tried again, at the same place, until it does not.
 */
export class BatchWriter {
  readonly #options: BatchWriterOptions
  #waiting: { readonly path: string; readonly octets: Buffer }[] = []
  #file: { readonly path: string; readonly handle: number; size: number } | null = null
  #running: Promise<void> | null = null
  #wake: (() => void) | null = null
  #isClosing = false
  /** Octets that are not known to be on the disk. */
  unsynced = 0
  isFailing = false

  constructor(options: BatchWriterOptions) {
    this.#options = options
  }

  give(path: string, text: string): void {
    const octets = Buffer.from(text, 'utf8')
    this.#waiting.push({ path, octets })
    this.unsynced += octets.length
    this.#running ??= this.#run()
  }

  /** Resolves when everything that was given is on the disk, or when one more attempt has failed. */
  async close(): Promise<void> {
    this.#isClosing = true
    this.#wake?.()
    await this.#running
    if (this.#waiting.length > 0) await this.#attempt()
    if (this.#file !== null) await this.#options.files.close(this.#file.handle).catch(() => {})
    this.#file = null
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const done = await this.#attempt()
      if (this.#isClosing && (!done || this.#waiting.length === 0)) break
      await this.#pause(done ? this.#options.interval : this.#options.retryAfter)
    }
    this.#running = null
  }

  /** Writes all that waits for one file, and syncs it. False: it failed, and all of it waits still. */
  async #attempt(): Promise<boolean> {
    const [first] = this.#waiting
    if (first === undefined) return true
    const end = this.#waiting.findIndex(({ path }) => path !== first.path)
    const batch = this.#waiting.slice(0, end < 0 ? undefined : end)
    try {
      const file = await this.#fileAt(first.path)
      const octets = Buffer.concat(batch.map((each) => each.octets))
      await this.#options.files.write(file.handle, octets, file.size)
      await this.#options.files.sync(file.handle)
      file.size += octets.length
      this.unsynced -= octets.length
      this.#waiting.splice(0, batch.length)
      if (this.isFailing) this.#options.onRecovery()
      this.isFailing = false
      return true
    } catch (problem) {
      if (!this.isFailing) this.#options.onFailure(problem as Error)
      this.isFailing = true
      return false
    }
  }

  async #fileAt(path: string) {
    if (this.#file?.path === path) return this.#file
    const { files } = this.#options
    const handle = await files.create(path)
    if (this.#file !== null) await files.close(this.#file.handle)
    this.#file = { path, handle, size: 0 }
    return this.#file
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
