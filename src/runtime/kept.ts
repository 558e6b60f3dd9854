/**
 * Things that live on from one configuration to the next where what makes them is the same, by a name that says what that
 * is. What is no longer wanted is retired a while later, when the last request that began with it is over.
 */
export class Kept<Thing> {
  readonly #held = new Map<string, { readonly thing: Thing; retiring: NodeJS.Timeout | null }>()
  readonly #retire: (thing: Thing) => void

  constructor(retire: (thing: Thing) => void = () => {}) {
    this.#retire = retire
  }

  obtain(name: string, make: () => Thing): Thing {
    const known = this.#held.get(name)
    if (known === undefined) {
      const thing = make()
      this.#held.set(name, { thing, retiring: null })
      return thing
    }
    if (known.retiring !== null) clearTimeout(known.retiring)
    known.retiring = null
    return known.thing
  }

  get(name: string): Thing | undefined {
    return this.#held.get(name)?.thing
  }

  *entries(): Iterable<readonly [string, Thing]> {
    for (const [name, { thing }] of this.#held) yield [name, thing]
  }

  retireAllBut(wanted: ReadonlySet<string>): void {
    for (const [name, held] of this.#held) {
      if (wanted.has(name) || held.retiring !== null) continue
      held.retiring = setTimeout(() => {
        this.#held.delete(name)
        this.#retire(held.thing)
      }, RETIRED_AFTER)
      held.retiring.unref()
    }
  }

  /** Retires everything now. */
  close(): void {
    for (const { thing, retiring } of this.#held.values()) {
      if (retiring !== null) clearTimeout(retiring)
      this.#retire(thing)
    }
    this.#held.clear()
  }
}

/** Milliseconds: longer than a request waits for what it lacks to be decided. */
const RETIRED_AFTER = 60_000
