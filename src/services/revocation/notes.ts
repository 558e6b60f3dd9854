import { isDeepStrictEqual } from 'node:util'
import { type Note, thingOf } from './note.ts'
import type { Revocation } from './revocation-list.ts'

/** A note that is to be told: for the first time, or to one that may have forgotten it. */
export interface Untold {
  readonly thing: string
  readonly note: Note
  readonly how: 'news' | 'again'
}

/** What a replica knows of everything that was revoked or taken back, by whomever, and what of it is still to be told. Times in Unix seconds. */
export class Notes {
  readonly #known = new Map<string, Note>()
  readonly #untold = new Map<string, Untold['how']>()

  /** Notes what was said here, in microseconds of Unix time. */
  add(entry: Revocation, isTakenBack: boolean, now: number): string {
    const thing = thingOf(entry)
    const at = Math.max(now, (this.#known.get(thing)?.at ?? 0) + 1)
    this.#known.set(thing, { entry: isTakenBack ? { ...entry, issuedBefore: null } : entry, isTakenBack, at })
    this.#untold.set(thing, 'news')
    return thing
  }

  isUntold(thing: string): boolean {
    return this.#untold.has(thing)
  }

  /** What is to be told next. */
  next(most: number): readonly Untold[] {
    return [...this.#untold.entries().take(most)].map(([thing, how]) => ({
      thing,
      how,
      note: this.#known.get(thing)!,
    }))
  }

  /** What was replaced meanwhile is still to be told. */
  told(these: readonly Untold[]): void {
    for (const { thing, note } of these) if (this.#known.get(thing) === note) this.#untold.delete(thing)
  }

  /** Takes over what was heard, by the things, and gives what of it is news. */
  hear(heard: ReadonlyMap<string, Note>, now: number): readonly Note[] {
    const news: Note[] = []
    for (const [thing, note] of heard) {
      if (note.entry.until <= now || !this.#isNews(thing, note)) continue
      this.#known.set(thing, note)
      this.#untold.delete(thing)
      news.push(note)
    }
    return news
  }

  /** What is not among these is to be told again: whoever said them all has forgotten it. */
  tellAllBut(heard: ReadonlySet<string>, now: number): void {
    for (const [thing, { entry }] of this.#known)
      if (!heard.has(thing) && !this.#untold.has(thing) && entry.until > now) this.#untold.set(thing, 'again')
  }

  /** Whether somebody who has been told all, and knows of so many things, lacks one that still counts. Others are forgotten. */
  outnumber(count: number, now: number): boolean {
    const told = () => this.#known.size - this.#untold.size
    if (count >= told()) return false
    for (const [thing, { entry }] of this.#known) {
      if (entry.until > now) continue
      this.#known.delete(thing)
      this.#untold.delete(thing)
    }
    return count < told()
  }

  /** Those that count. */
  living(now: number): readonly Note[] {
    return [...this.#known.values()].filter(({ entry }) => entry.until > now)
  }

  /** What we know better is told again. */
  #isNews(thing: string, note: Note): boolean {
    const known = this.#known.get(thing)
    if (isDeepStrictEqual(known, note) || this.#untold.get(thing) === 'news') return false
    if (known === undefined || known.at <= note.at) return true
    this.#untold.set(thing, 'again')
    return false
  }
}
