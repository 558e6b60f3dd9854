import type { Memo } from './ports.ts'

/** How often a memo had what it was asked for, and how often it took in what it did not have. Written where that is seen. */
export interface MemoCounts {
  hits: number
  misses: number
}

export function noLookups(): MemoCounts {
  return { hits: 0, misses: 0 }
}

export interface MemoOptions<Key, Value> {
  /** As how many entries a value counts. */
  readonly weigh?: (value: Value, key: Key) => number
  readonly generation?: () => Memo<Key, Value>
  readonly counts?: MemoCounts | undefined
}

/**
 * A memo for what may be forgotten and computed again; never for proofs that were used. As many entries as it is made for are there,
 * those last asked for, and never more than twice as many: they are kept in two generations, and what fills one makes
 * room for the next. An order of use would be written, in memory that no cache holds, each time anything is found.
 * Where `weigh` says that a value takes the place of several, it counts as so many. Where a generation does not take all that it is
 * given there are fewer, and what was set before the last may come back.
 */
export function boundedMemo<Key, Value>(
  entries: number,
  { weigh = () => 1, generation = () => new Map(), counts = noLookups() }: MemoOptions<Key, Value> = {},
): Memo<Key, Value> {
  let young = generation()
  let old = generation()
  let filled = 0
  const enter = (key: Key, value: Value) => {
    // Not `>=`, by which a size that is no number would be no bound.
    if (!(filled < entries)) {
      old = young
      young = generation()
      filled = 0
    }
    const before = young.get(key)
    young.set(key, value)
    // What a generation does not take fills it no further.
    if (!Object.is(young.get(key), value)) return
    filled += weigh(value, key) - (before === undefined ? 0 : weigh(before, key))
  }
  return {
    get: (key) => {
      const found = young.get(key)
      if (found !== undefined) {
        counts.hits++
        return found
      }
      const known = old.get(key)
      if (known !== undefined) {
        counts.hits++
        enter(key, known)
      }
      return known
    },
    set: (key, value) => {
      if (young.get(key) === undefined && old.get(key) === undefined) counts.misses++
      enter(key, value)
    },
  }
}
