import type { Memo } from './ports.ts'

/**
 * A memo for what may be forgotten and computed again; never for proofs that were used. As many entries as it is made for are there,
 * those last asked for, and never more than twice as many: they are kept in two generations, and what fills one makes
 * room for the next. An order of use would be written, in memory that no cache holds, each time anything is found.
 */
export function boundedMemo<Key, Value>(entries: number): Memo<Key, Value> {
  let young = new Map<Key, Value>()
  let old = new Map<Key, Value>()
  const set = (key: Key, value: Value) => {
    // Not `>=`, by which a size that is no number would be no bound.
    if (!(young.size < entries)) {
      old = young
      young = new Map()
    }
    young.set(key, value)
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
