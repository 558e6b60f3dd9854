import { hash } from 'node:crypto'
import { CLOCKS_APART } from '../../domain/check.ts'
import type { Claim, CommonLedger, Once } from '../../domain/ports.ts'
import { RedisConnection, type RedisPlace } from '../redis/connection.ts'
import { OFFLINE } from '../redis/problem.ts'
import { RedisScript } from '../redis/script.ts'
import { within } from '../within.ts'
import { ASTRAY, CLAIM_SCRIPT, claimOf, KEEP_SCRIPT, sinceOf } from './claim-script.ts'
import type { ProofWindow } from './ledger-shape.ts'
import { STEP, WatchedClock } from './watched-clock.ts'

export interface RedisLedgerOptions {
  readonly place: RedisPlace
  /** Begins every key. */
  readonly prefix: string
  /** Milliseconds that a claim waits. */
  readonly timeout: number
  readonly window: ProofWindow
  /** Unix seconds. */
  readonly now: () => number
  readonly events: RedisLedgerEvents
  /** Seconds that a claim took, whatever came of it. */
  readonly claimed: (seconds: number) => void
}

export interface RedisLedgerEvents {
  /** It cannot be asked, and why; again where the reason is another. */
  readonly lost: (problem: string) => void
  /** It can be asked again. */
  readonly found: () => void
  /** A server may have forgotten: it judges no proof of before, Unix seconds. */
  readonly began: (since: number) => void
  readonly moved: () => void
  /** It could not move, and why. */
  readonly stayed: (problem: string) => void
}

/**
 * Claims proofs in a Redis that all replicas share. What it cannot be asked, or answers too late, is `unready`. Once a second every
 * server is asked for itself, so that a new one begins to know before proofs come, and one that is silent is left.
 */
export class RedisLedger implements CommonLedger {
  readonly #options: RedisLedgerOptions
  readonly #connection: RedisConnection
  readonly #claim: RedisScript
  readonly #keep: RedisScript
  readonly #buckets: readonly string[]
  readonly #timer: NodeJS.Timeout
  #window: ProofWindow
  #isLooking = false
  /** Told that it could not move. */
  #hasStayed = false
  /** Proofs may have expired too early there: it is to begin anew once clocks are so many seconds apart at most. */
  #beginsWithin: number | null = null
  /** What a proof is answered while Redis is not asked; null: it is. */
  #instead: Claim | null = 'unready'
  /** From which `iat` on it judges proofs, Unix seconds. */
  #since = 0
  readonly #clock: WatchedClock
  readonly #reached = Promise.withResolvers<void>()
  /** Why it cannot be asked, of all that was told since it last could. */
  readonly #told = new Set<string>()
  #toldAt = Number.NEGATIVE_INFINITY
  #failingSince = performance.now()
  #problem: string | null = null

  constructor(options: RedisLedgerOptions) {
    this.#options = options
    this.#window = options.window
    this.#clock = new WatchedClock(options.now)
    this.#connection = new RedisConnection(options.place, {
      connected: () => void this.#look(),
      moved: options.events.moved,
      failed: (problem) => this.#fail(problem),
      stayed: (problem) => {
        if (this.#hasStayed) return
        this.#hasStayed = true
        options.events.stayed(this.#connection.problemOf(problem))
      },
    })
    this.#claim = new RedisScript(CLAIM_SCRIPT, this.#connection)
    this.#keep = new RedisScript(KEEP_SCRIPT, this.#connection)
    this.#buckets = options.place.url === null ? HEX : HEX.slice(0, 1)
    this.#timer = setInterval(() => void this.#look(), LOOK_EVERY).unref()
  }

  async claim(once: Once): Promise<Claim> {
    const began = performance.now()
    const claim = this.#instead ?? (await this.#ask(once))
    this.#options.claimed((performance.now() - began) / 1000)
    return claim
  }

  /** After a reload. What a window was once is kept: other threads may still have it. */
  widen({ maxAge, clockSkew }: ProofWindow): void {
    this.#window = {
      maxAge: Math.max(maxAge, this.#window.maxAge),
      clockSkew: Math.max(clockSkew, this.#window.clockSkew),
    }
  }

  /** Asks another place, or the same as somebody else. */
  move(place: RedisPlace): void {
    this.#hasStayed = false
    this.#connection.move(place)
  }

  /** Whether proofs can be claimed. */
  get isReady(): boolean {
    return this.#instead === null
  }

  /** Resolves when proofs can be claimed for the first time. */
  get reached(): Promise<void> {
    return this.#reached.promise
  }

  get problem(): string | null {
    return this.#problem
  }

  close(): void {
    clearInterval(this.#timer)
    this.#connection.close()
  }

  async #ask({ jkt, jti, madeAt }: Once): Promise<Claim> {
    if (this.#clock.setBy > 0) {
      void this.#look()
      return 'unready'
    }
    const digest = hash('sha256', `${jkt}.${jti}`).slice(0, DIGITS)
    const bucket = this.#bucket(digest)
    const proof = `${bucket}${digest}`
    const { timeout } = this.#options
    try {
      const seconds = [this.#options.now(), this.#life, this.#ahead, madeAt].map(String)
      return claimOf(
        await within(this.#claim.run([`${bucket}since`, `${bucket}kept`, proof], seconds), timeout),
        proof,
      )
    } catch (problem) {
      const { message } = problem as Error
      this.#problem = this.#connection.problemOf(problem as Error)
      if (isOutOfMemory(message)) return 'full'
      if (message.startsWith('CLOCKS')) void this.#look()
      if ((message.startsWith('READONLY') || message === ASTRAY) && this.isReady) {
        // Once, however many claims are under way.
        this.#fail(problem as Error)
        this.#connection.reconnect()
      }
      return 'unready'
    }
  }

  /** Once a second; and where a claim meets a clock that is wrong, so that each server notes what its own says meanwhile. */
  async #look(): Promise<void> {
    if (this.#isLooking) return
    this.#isLooking = true
    this.#mindClock()
    const values = [this.#options.now(), this.#life, this.#ahead, this.#beginsWithin ?? ''].map(String)
    try {
      const keeps = this.#buckets.map((digit) => {
        const bucket = this.#bucket(digit)
        return this.#keep.run([`${bucket}since`, `${bucket}kept`], values)
      })
      const judged = (await within(Promise.all(keeps), this.#options.timeout)).map(sinceOf)
      this.#judges(Math.max(...judged))
    } catch (problem) {
      if (this.#connection.isClosed) return
      this.#fail(problem as Error)
      const isAstray = (problem as Error).message === ASTRAY
      if (!isAstray && performance.now() - this.#failingSince < SILENT_FOR) return
      this.#failingSince = performance.now()
      this.#connection.reconnect()
    } finally {
      this.#isLooking = false
    }
  }

  /** Proofs from `since` on. */
  #judges(since: number): void {
    const { events, now } = this.#options
    if (!this.isReady) events.found()
    this.#reached.resolve()
    this.#instead = null
    this.#problem = null
    this.#beginsWithin = null
    this.#told.clear()
    this.#toldAt = Number.NEGATIVE_INFINITY
    if (since !== this.#since && since > now()) events.began(since)
    this.#since = since
  }

  /**
   * A clock that is set ahead and back may be that of Redis as well, on the same machine: proofs have then expired there while they were
   * good, and afterwards the two clocks agree.
   */
  #mindClock(): void {
    const { setBy } = this.#clock
    this.#clock.look()
    if (setBy === 0) return
    this.#beginsWithin ??= CLOCKS_APART
    this.#fail(new Error(`the clock of this machine was set, by ${Math.round(setBy)} s`))
  }

  #fail(error: Error): void {
    const message = this.#connection.problemOf(error)
    // That there is no connection is not why.
    if (message !== OFFLINE) this.#problem = message
    const now = performance.now()
    if (this.isReady) this.#failingSince = now
    this.#instead = isOutOfMemory(message) ? 'full' : 'unready'
    // One that is about as far ahead or behind as it may be would have all replicas begin anew each time that it is a little less.
    if (message.startsWith('CLOCKS')) this.#beginsWithin = CLOCKS_APART - STEP
    // Clocks that drift are another number of seconds apart each time, and the members of a cluster fail in turns.
    const kind = message.replace(/\d+/g, '')
    if (this.#told.has(kind) || message === OFFLINE || now - this.#toldAt < TELL_EVERY) return
    this.#told.add(kind)
    this.#toldAt = now
    this.#options.events.lost(message)
  }

  /** Seconds that an `iat` may lie ahead of the clock here. */
  get #ahead(): number {
    return this.#window.clockSkew + CLOCKS_APART
  }

  /**
   * Seconds from a claim on: one may be made by a replica whose clock is ahead of that of Redis, and made again at one whose clock is
   * behind it; and what is left of this second, of each.
   */
  get #life(): number {
    return this.#window.maxAge + this.#window.clockSkew + 2 * CLOCKS_APART + 2
  }

  /** The tag in braces keeps what a script touches on one member of a cluster, and spreads the rest over all. */
  #bucket(digest: string): string {
    const tag = this.#buckets.length === 1 ? '' : `.${digest[0]}`
    return `{${this.#options.prefix}${tag}}:`
  }
}

function isOutOfMemory(message: string): boolean {
  return message.includes('OOM')
}

const HEX = [...'0123456789abcdef']
/** Of a SHA-256: 128 bits. */
const DIGITS = 32
/** Milliseconds. */
const LOOK_EVERY = 1_000
const TELL_EVERY = 3_000
const SILENT_FOR = 5_000
