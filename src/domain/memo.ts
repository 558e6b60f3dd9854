import type { Memo } from './ports.ts'

/**
 * A memo for what may be forgotten and computed again; never for proofs that were used. As many entries as it is made for are there,
 * those last asked for, and never more than twice as many: they are kept in two generations, and what fills one makes
 * room for the next. An order of use would be written, in memory that no cache holds, each time anything is found.
 * Where `weigh` says that a value takes the place of several, it counts as so many. Where a generation does not take all that it is
 * given there are fewer, and what was set before the last may come back.
 */
export function boundedMemo<Key, Value>(
  entries: number,
  weigh: (value: Value, key: Key) => number = () => 1,
  generation: () => Memo<Key, Value> = () => new Map(),
): Memo<Key, Value> {
  let young = generation()
  let old = generation()
  let filled = 0
  const set = (key: Key, value: Value) => {
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
      if (found !== undefined) return found
      const known = old.get(key)
      if (known !== undefined) set(key, known)
      return known
    },
    set,
  }
}
