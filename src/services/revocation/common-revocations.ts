import { isDeepStrictEqual } from 'node:util'
import { RedisConnection, type RedisPlace } from '../redis/connection.ts'
import { OFFLINE, problemOf } from '../redis/problem.ts'
import { RedisScript } from '../redis/script.ts'
import { within } from '../redis/within.ts'
import { type Note, readNote, textOf, thingOf } from './note.ts'
import { AT_ONCE, LISTEN_SCRIPT, TELL_SCRIPT } from './note-script.ts'
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
  /** What others said; resolves when it holds for every request. */
  readonly heard: (revoked: readonly Revocation[], takenBack: readonly Revocation[]) => Promise<void>
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
  /** What is known of each thing, by whoever it was said. */
  readonly #notes = new Map<string, Note>()
  /** What is to be told, and whether for the first time. */
  readonly #untold = new Map<string, 'news' | 'again'>()
  readonly #secrets = new Set<string>()
  readonly #reached = Promise.withResolvers<void>()
  #looking: Promise<void> | null = null
  /** The server that was heard from its first note on. */
  #server: string | null = null
  #since = FIRST
  /** Unix seconds, when it was looked last. */
  #lookedAt = 0
  #isReady = false
  #isLost = false
  #isClosed = false
  /** Why there is no connection, where there is none. */
  #cause: Error | null = null
  #failingSince = performance.now()

  constructor(options: CommonRevocationsOptions) {
    this.#options = options
    // The tag in braces keeps what a script touches on one member of a cluster.
    const key = (name: string) => `{${options.prefix}.revoked}:${name}`
    this.#keys = [key('notes'), key('changes'), key('ends')]
    this.#keepSecret(options.place)
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
    const thing = thingOf(entry)
    const at = Math.max(this.#options.clock() * 1_000, (this.#notes.get(thing)?.at ?? 0) + 1)
    this.#notes.set(thing, { entry: isTakenBack ? { ...entry, issuedBefore: null } : entry, isTakenBack, at })
    this.#untold.set(thing, 'news')
    // What is under way may have begun without it.
    await this.#looking
    await this.#look()
    return !this.#untold.has(thing)
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
    this.#keepSecret(place)
    this.#connection.move(place)
  }

  close(): void {
    this.#isClosed = true
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
      await this.#mindClock()
      // A server that is full takes no more, and says what it knows.
      await this.#tellUntold().catch(() => {})
      await this.#hear()
      await this.#tellUntold()
    } catch (problem) {
      // What was asked has no answer, and nobody would close another connection.
      if (this.#isClosed) return
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
    this.#reached.resolve()
  }

  async #tellUntold(): Promise<void> {
    while (this.#untold.size > 0) {
      const told = [...this.#untold]
        .slice(0, AT_ONCE)
        .map(([thing, how]) => [thing, how, this.#notes.get(thing)!] as const)
      const ended = String(this.#now - REMEMBERED_BEHIND_END)
      const notes = told.flatMap(([thing, how, note]) => [thing, ...textOf(note), how])
      await this.#ask(this.#tell, [ended, ...notes])
      // What was replaced meanwhile is still to be told.
      for (const [thing, , note] of told) if (this.#notes.get(thing) === note) this.#untold.delete(thing)
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
        this.#server = null
        this.#since = FIRST
        heard.clear()
        continue
      }
      await this.#take(things, texts)
      this.#since = since
      // Where nothing can be read of it, it is told again.
      for (const [at, thing] of things.entries())
        if (readNote(thing, texts[at] ?? '') !== undefined) heard.add(thing)
      if (things.length === AT_ONCE) continue
      if (this.#server === null) this.#tellAgain(heard)
      // Where there are fewer than we know, some were deleted: it is heard anew.
      this.#server = this.#lacks(count) ? null : server
      return
    }
  }

  /** Takes over what is news. */
  async #take(things: readonly string[], texts: readonly (string | null)[]): Promise<void> {
    const news = new Map<string, Note>()
    for (const [at, thing] of things.entries()) {
      const note = readNote(thing, texts[at] ?? '')
      if (note === undefined || note.entry.until <= this.#now) continue
      const known = this.#notes.get(thing)
      if (isDeepStrictEqual(known, note) || this.#untold.get(thing) === 'news') continue
      if (known !== undefined && known.at > note.at) {
        this.#untold.set(thing, 'again')
        continue
      }
      this.#notes.set(thing, note)
      this.#untold.delete(thing)
      news.set(thing, note)
    }
    try {
      await this.#hold(news)
    } catch (problem) {
      // It is heard again.
      for (const [thing, note] of news) if (this.#notes.get(thing) === note) this.#notes.delete(thing)
      throw problem
    }
  }

  /** A clock that was ahead has ended before its time what still counts: what is known holds again, and the rest is heard. */
  async #mindClock(): Promise<void> {
    const now = this.#now
    if (now < this.#lookedAt) {
      this.#server = null
      await this.#hold(new Map([...this.#notes].filter(([, { entry }]) => entry.until > now)))
    }
    this.#lookedAt = now
  }

  async #hold(notes: ReadonlyMap<string, Note>): Promise<void> {
    if (notes.size === 0) return
    const said = (isTakenBack: boolean) =>
      [...notes.values()].filter((note) => note.isTakenBack === isTakenBack).map(({ entry }) => entry)
    await this.#options.events.heard(said(false), said(true))
  }

  #tellAgain(heard: ReadonlySet<string>): void {
    for (const [thing, { entry }] of this.#notes)
      if (!heard.has(thing) && !this.#untold.has(thing) && entry.until > this.#now)
        this.#untold.set(thing, 'again')
  }

  /** Whether notes are missing there that still count. Those that do not are forgotten. */
  #lacks(count: number): boolean {
    const told = () => this.#notes.size - this.#untold.size
    if (count >= told()) return false
    for (const [thing, { entry }] of this.#notes) {
      if (entry.until > this.#now) continue
      this.#notes.delete(thing)
      this.#untold.delete(thing)
    }
    return count < told()
  }

  #fail(error: Error): void {
    const isOffline = error.message === OFFLINE
    const problem = problemOf((isOffline ? this.#cause : null) ?? error, this.#secrets)
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

  #keepSecret({ password }: RedisPlace): void {
    if (password !== null && password !== '') this.#secrets.add(password)
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
/** Seconds: longer than clocks are apart. */
const REMEMBERED_BEHIND_END = 60
