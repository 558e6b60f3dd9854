import { hash } from 'node:crypto'
import type { Claim, CommonLedger, Once } from '../../domain/ports.ts'
import { APART, CLAIM_SCRIPT, CLAIMS, KEEP_SCRIPT } from './claim-script.ts'
import { RedisConnection, type RedisPlace } from './redis-connection.ts'

export interface RedisLedgerOptions {
  readonly place: RedisPlace
  /** Begins every key. */
  readonly prefix: string
  /** Milliseconds that a claim waits. */
  readonly timeout: number
  readonly window: ProofWindow
  /** Unix seconds. */
  readonly now: () => number
  /** When it cannot be asked any longer, and why; and when it can again. */
  readonly lost: (problem: string) => void
  readonly found: () => void
  /** It could not move, and why. */
  readonly stayed: (problem: string) => void
  /** Seconds that a claim took, whatever came of it. */
  readonly claimed: (seconds: number) => void
}

/** Seconds: the longest that any route lets a proof live, and the furthest that any lets it lie ahead. */
export interface ProofWindow {
  readonly maxAge: number
  readonly clockSkew: number
}

/**
 * Claims proofs in a Redis that all replicas share. What it cannot be asked, or answers too late, is `unready`. Once a second every
 * server is asked for itself, so that a new one begins to know before proofs come, and one that is silent is left.
 */
export class RedisLedger implements CommonLedger {
  readonly #options: RedisLedgerOptions
  readonly #connection: RedisConnection
  readonly #claim: Script
  readonly #keep: Script
  readonly #buckets: readonly string[]
  readonly #timer: NodeJS.Timeout
  #window: ProofWindow
  #isReady = false
  #isLooking = false
  /** Until it is told that it did not. */
  #isMoving = false
  /** Until it is told that it failed, and again once it does not. */
  #isTold = false
  #failingSince = performance.now()

  constructor(options: RedisLedgerOptions) {
    this.#options = options
    this.#window = options.window
    this.#connection = new RedisConnection(options.place, {
      connected: () => void this.#look(),
      failed: (problem) => this.#fail(problem),
      stayed: ({ message }) => {
        if (!this.#isMoving) return
        this.#isMoving = false
        options.stayed(message)
      },
    })
    this.#claim = new Script(CLAIM_SCRIPT, this.#connection)
    this.#keep = new Script(KEEP_SCRIPT, this.#connection)
    this.#buckets = options.place.url === null ? HEX : HEX.slice(0, 1)
    this.#timer = setInterval(() => void this.#look(), LOOK_EVERY).unref()
  }

  async claim(once: Once): Promise<Claim> {
    const began = performance.now()
    const claim = this.#isReady ? await this.#ask(once) : 'unready'
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
    this.#isMoving = true
    this.#connection.move(place)
  }

  /** Whether proofs can be claimed. */
  get isReady(): boolean {
    return this.#isReady
  }

  close(): void {
    clearInterval(this.#timer)
    this.#connection.close()
  }

  async #ask({ jkt, jti, madeAt }: Once): Promise<Claim> {
    const { maxAge, clockSkew } = this.#window
    const digest = hash('sha256', `${jkt}.${jti}`).slice(0, DIGITS)
    const bucket = this.#bucket(digest)
    const ahead = clockSkew + APART
    // From now on, so that no clock counts but how far they lie apart; and what is left of this second.
    const life = maxAge + ahead + 1
    try {
      const seconds = [this.#options.now(), madeAt, ahead, life].map(String)
      const answer = await this.#within(this.#claim.run([`${bucket}since`, `${bucket}${digest}`], seconds))
      return CLAIMS[answer as number] ?? 'unready'
    } catch (problem) {
      const { message } = problem as Error
      if (message.includes('OOM')) return 'full'
      if (message.startsWith('READONLY')) this.#connection.reconnect()
      return 'unready'
    }
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return
    this.#isLooking = true
    const now = String(this.#options.now())
    try {
      await this.#within(
        Promise.all(this.#buckets.map((digit) => this.#keep.run([`${this.#bucket(digit)}since`], [now]))),
      )
      if (!this.#isReady) this.#options.found()
      this.#isReady = true
      this.#isTold = false
    } catch (problem) {
      this.#fail(problem as Error)
      if (performance.now() - this.#failingSince < SILENT_FOR) return
      this.#failingSince = performance.now()
      this.#connection.reconnect()
    } finally {
      this.#isLooking = false
    }
  }

  #fail(problem: Error): void {
    if (this.#isReady) this.#failingSince = performance.now()
    this.#isReady = false
    if (!this.#isTold) this.#options.lost(problem.message)
    this.#isTold = true
  }

  /** The tag in braces keeps what a script touches on one member of a cluster, and spreads the rest over all. */
  #bucket(digest: string): string {
    const tag = this.#buckets.length === 1 ? '' : `.${digest[0]}`
    return `{${this.#options.prefix}${tag}}:`
  }

  #within<T>(answer: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const late = () => reject(new Error(`no answer within ${this.#options.timeout} ms`))
      const timer = setTimeout(late, this.#options.timeout)
      answer.then(resolve, reject).finally(() => clearTimeout(timer))
    })
  }
}

/** A script that a server is told in full only where it does not have it. */
class Script {
  readonly #text: string
  readonly #sha1: string
  readonly #connection: RedisConnection

  constructor(text: string, connection: RedisConnection) {
    this.#text = text
    this.#sha1 = hash('sha1', text)
    this.#connection = connection
  }

  async run(keys: readonly [string, ...string[]], values: readonly string[]): Promise<unknown> {
    const rest = [String(keys.length), ...keys, ...values]
    try {
      return await this.#connection.ask(keys[0], ['EVALSHA', this.#sha1, ...rest])
    } catch (problem) {
      if (!(problem as Error).message.startsWith('NOSCRIPT')) throw problem
      return await this.#connection.ask(keys[0], ['EVAL', this.#text, ...rest])
    }
  }
}

const HEX = [...'0123456789abcdef']
/** Of a SHA-256: 128 bits. */
const DIGITS = 32
/** Milliseconds. */
const LOOK_EVERY = 1_000
const SILENT_FOR = 5_000
