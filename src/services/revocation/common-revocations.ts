import { RedisConnection, type RedisPlace } from '../redis/connection.ts'
import { OFFLINE } from '../redis/problem.ts'
import { RedisScript } from '../redis/script.ts'
import { within } from '../within.ts'
import { type Note, readNotes, textOf } from './note.ts'
import { AT_ONCE, LISTEN_SCRIPT, TELL_SCRIPT } from './note-script.ts'
import { Notes } from './notes.ts'
import type { Revocation } from './revocation-list.ts'

export interface CommonRevocationsOptions {
  readonly place: RedisPlace
  /** Begins every key. */
  readonly prefix: string
  /** Milliseconds that an answer is waited for. */
  readonly timeout: number
  /** Milliseconds of Unix time. */
  readonly clock: () => number
  readonly events: CommonRevocationsEvents
}

export interface CommonRevocationsEvents {
  /** What others said, in place of what was known of the same. */
  readonly heard: (revoked: readonly Revocation[], takenBack: readonly Revocation[]) => void
  /** It cannot be asked, and why. */
  readonly lost: (problem: string) => void
  /** It can be asked again. */
  readonly found: () => void
}

/**
 * What operators revoke at one replica, made known to all by way of Redis: each tells what it was told, and once a second hears what
 * the others did. What cannot be told is told later; and a server that has forgotten, because it began anew or took the place of one that
 * knew more, is told again by everybody who knows.
 */
export class CommonRevocations {
  readonly #options: CommonRevocationsOptions
  readonly #connection: RedisConnection
  readonly #tell: RedisScript
  readonly #listen: RedisScript
  readonly #keys: readonly [string, string, string]
  readonly #timer: NodeJS.Timeout
  readonly #notes = new Notes()
  readonly #reached = Promise.withResolvers<void>()
  #looking: Promise<void> | null = null
  /** The server that was heard from its first note on. */
  #server: string | null = null
  #since = FIRST
  /** Unix seconds, when it was looked last. */
  #lookedAt = 0
  /** At this server. */
  #looks = 0
  #isReady = false
  #isLost = false
  /** Why there is no connection, where there is none. */
  #cause: Error | null = null
  #failingSince = performance.now()

  constructor(options: CommonRevocationsOptions) {
    this.#options = options
    // The tag in braces keeps what a script touches on one member of a cluster.
    const key = (name: string) => `{${options.prefix}.revoked}:${name}`
    this.#keys = [key('notes'), key('changes'), key('ends')]
    this.#connection = new RedisConnection(options.place, {
      connected: () => void this.#look(),
      // Of a cluster it may be a member that is not asked.
      failed: (problem) => {
        this.#cause = problem
        void this.#look()
      },
      moved: () => {},
      stayed: () => {},
    })
    this.#tell = new RedisScript(TELL_SCRIPT, this.#connection)
    this.#listen = new RedisScript(LISTEN_SCRIPT, this.#connection)
    this.#timer = setInterval(() => void this.#look(), LISTEN_EVERY).unref()
  }

  /** Tells the others. Resolves whether they can hear it now; else they are told as soon as that can be. Never rejects. */
  async tell(entry: Revocation, isTakenBack: boolean): Promise<boolean> {
    const thing = this.#notes.add(entry, isTakenBack, this.#options.clock() * 1_000)
    // What is under way may have begun without it.
    await this.#looking
    await this.#look()
    return !this.#notes.isUntold(thing)
  }

  /** Whether others are heard now. */
  get isReady(): boolean {
    return this.#isReady
  }

  /** Resolves when all that others have said holds here for the first time. */
  get reached(): Promise<void> {
    return this.#reached.promise
  }

  /** Asks the same place as somebody else. */
  move(place: RedisPlace): void {
    this.#connection.move(place)
  }

  close(): void {
    clearInterval(this.#timer)
    this.#connection.close()
  }

  #look(): Promise<void> {
    this.#looking ??= this.#tellAndHear().finally(() => {
      this.#looking = null
    })
    return this.#looking
  }

  async #tellAndHear(): Promise<void> {
    try {
      this.#mindClock()
      // A server that is full takes no more, and says what it knows.
      await this.#tellUntold().catch(() => {})
      await this.#hear()
      await this.#tellUntold()
    } catch (problem) {
      if (this.#connection.isClosed) return
      const isDemoted = this.#isReady && (problem as Error).message.startsWith('READONLY')
      this.#fail(problem as Error)
      const now = performance.now()
      if (!isDemoted && now - this.#failingSince < SILENT_FOR) return
      this.#failingSince = now
      return this.#connection.reconnect()
    }
    if (this.#isLost) this.#options.events.found()
    this.#isLost = false
    this.#isReady = true
    // One that has just begun, from a snapshot too, or taken another's place, is being told what it forgot.
    if (++this.#looks === LOOKS) this.#reached.resolve()
  }

  async #tellUntold(): Promise<void> {
    for (;;) {
      const untold = this.#notes.next(AT_ONCE)
      if (untold.length === 0) return
      const ended = String(this.#now - REMEMBERED_BEHIND_END)
      await this.#ask(this.#tell, [
        ended,
        ...untold.flatMap(({ thing, note, how }) => [thing, ...textOf(note), how]),
      ])
      this.#notes.told(untold)
    }
  }

  async #hear(): Promise<void> {
    const heard = new Set<string>()
    let server = this.#server
    for (;;) {
      const answer = (await this.#ask(this.#listen, [this.#since])) as Heard
      const [theirs, count, since, things, texts] = answer
      if (theirs !== server) {
        // It may know less than the one of before, and is heard from its first note on.
        server = theirs
        this.#looks = 0
        this.#server = null
        this.#since = FIRST
        heard.clear()
        continue
      }
      const notes = readNotes(things, texts)
      this.#hold(this.#notes.hear(notes, this.#now))
      this.#since = since
      for (const thing of notes.keys()) heard.add(thing)
      if (things.length === AT_ONCE) continue
      if (this.#server === null) this.#notes.tellAllBut(heard, this.#now)
      // Where there are fewer than we know, some were deleted: it is heard anew.
      this.#server = this.#notes.outnumber(count, this.#now) ? null : server
      return
    }
  }

  /** A clock that was ahead has ended before its time what still counts: what is known holds again, and the rest is heard. */
  #mindClock(): void {
    const now = this.#now
    if (now < this.#lookedAt) {
      this.#server = null
      this.#hold(this.#notes.living(now))
    }
    this.#lookedAt = now
  }

  #hold(notes: readonly Note[]): void {
    if (notes.length === 0) return
    const said = (isTakenBack: boolean) =>
      notes.filter((note) => note.isTakenBack === isTakenBack).map(({ entry }) => entry)
    this.#options.events.heard(said(false), said(true))
  }

  #fail(error: Error): void {
    const isOffline = error.message === OFFLINE
    const problem = this.#connection.problemOf((isOffline ? this.#cause : null) ?? error)
    if (this.#isReady) this.#failingSince = performance.now()
    this.#isReady = false
    // That there is no connection is not why.
    if (this.#isLost || problem === OFFLINE) return
    this.#isLost = true
    this.#options.events.lost(problem)
  }

  /** Unix seconds. */
  get #now(): number {
    return Math.floor(this.#options.clock() / 1_000)
  }

  #ask(script: RedisScript, values: readonly string[]): Promise<unknown> {
    return within(script.run(this.#keys, values), this.#options.timeout)
  }
}

/** As `LISTEN_SCRIPT` answers. */
type Heard = readonly [
  server: string,
  count: number,
  since: string,
  things: string[],
  texts: (string | null)[],
]

/** Before every change. */
const FIRST = '-1'
/** Milliseconds. */
const LISTEN_EVERY = 1_000
const SILENT_FOR = 5_000
/** In this time whoever knows of something has told it. */
const LOOKS = 3
/** Seconds: longer than clocks are apart. */
const REMEMBERED_BEHIND_END = 60
