import { writeSync, write as writeTo } from 'node:fs'

/**
 * Writes lines to a file descriptor, in order and in batches, one under way at a time. Nobody waits for whoever reads them:
 * while nothing is taken lines are held up to a bound, and where nobody reads any more they are dropped; what is lost is counted.
 */
export class LineWriter {
  readonly #fd: number
  readonly #bound: number
  readonly #lostLine: (count: number) => string
  #held: Uint8Array[] = []
  #length = 0
  #underWay: Uint8Array | null = null
  #timer: NodeJS.Timeout | null = null
  /** Octets, since the start. */
  #taken = 0
  #lost = 0
  #untold = 0
  #hasReader = true
  #waiting: (() => void)[] = []

  /** `bound`: octets that may wait. `lostLine`: the line that stands for so many that found no room. */
  constructor(fd: number, bound: number, lostLine: (count: number) => string) {
    this.#fd = fd
    this.#bound = bound
    this.#lostLine = lostLine
  }

  /** Whole lines, in UTF-8. Memory of their own is the writer's from then on. */
  write(octets: Uint8Array): void {
    if (!this.#hasReader || this.#length + octets.length > this.#bound) return this.#lose(octets)
    this.#held.push(octets)
    this.#length += octets.length
    if (this.#length >= AT_ONCE) this.flush()
    else this.#timer ??= setTimeout(() => this.flush(), GATHERED_FOR)
  }

  /** Octets that nobody has taken yet. */
  get waiting(): number {
    return this.#length + (this.#underWay?.length ?? 0)
  }

  /** How many lines found no room, or no reader, since the start. */
  get lost(): number {
    return this.#lost
  }

  /** Begins to write what is held. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    if (this.#underWay !== null) return
    const octets = this.#take()
    if (octets.length > 0) this.#write(octets)
    else for (const resolve of this.#waiting.splice(0)) resolve()
  }

  /** Resolves with true when everything is written, or nobody reads; with false where nothing was taken for so many milliseconds. */
  async written(within: number): Promise<boolean> {
    const done = Promise.withResolvers<boolean>()
    this.#waiting.push(() => done.resolve(true))
    this.flush()
    let taken = this.#taken
    const timer = setInterval(() => {
      if (taken === this.#taken) done.resolve(false)
      taken = this.#taken
    }, within)
    return done.promise.finally(() => clearInterval(timer))
  }

  /** The last words of a process that ends by a fault: at once, and only where nothing stands in their way. */
  writeLast(): void {
    if (this.#underWay !== null) return
    try {
      writeSync(this.#fd, this.#take())
    } catch {
      // Nobody is left to be told.
    }
  }

  #lose(octets: Uint8Array): void {
    let count = 0
    for (let at = octets.indexOf(LF); at >= 0; at = octets.indexOf(LF, at + 1)) count++
    this.#lost += count
    if (this.#hasReader) this.#untold += count
  }

  #forget(): void {
    this.#held = []
    this.#length = 0
    this.#untold = 0
  }

  #take(): Uint8Array {
    if (this.#untold > 0) this.#held.push(Buffer.from(this.#lostLine(this.#untold)))
    const held = this.#held
    this.#forget()
    if (held.length === 1) return held[0]!
    const octets = Buffer.concat(held)
    held.forEach(giveBack)
    return octets
  }

  #write(octets: Uint8Array, from = 0): void {
    this.#underWay = octets.subarray(from)
    // In parts, so that it is seen when some of it was taken: a pipe may hold a write up until all of it was.
    const part = this.#waiting.length > 0 ? LAST_PART : PART
    writeTo(this.#fd, octets, from, Math.min(octets.length - from, part), null, (error, count) => {
      this.#taken += count
      if (error?.code === 'EPIPE') {
        this.#hasReader = false
        for (const each of [octets.subarray(from), ...this.#held]) this.#lose(each)
        this.#forget()
      } else if (error !== null) {
        // No room for now: in a pipe, or on a disk.
        return void setTimeout(() => this.#write(octets, from), TRIED_AGAIN)
      } else if (from + count < octets.length) {
        return this.#write(octets, from + count)
      }
      giveBack(octets)
      this.#underWay = null
      this.flush()
    })
  }
}

/**
 * Frees memory that belongs to these lines alone. What comes from another thread would wait for a full collection of this one, which has
 * little of its own to collect.
 */
function giveBack({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && byteLength === buffer.byteLength) buffer.transfer(0)
}

/** Octets. */
const LF = 0x0a
const AT_ONCE = 8192
const PART = 16 * 1024
/** While the end is waited for. */
const LAST_PART = 4 * 1024
/** Milliseconds. */
const GATHERED_FOR = 100
const TRIED_AGAIN = 100
