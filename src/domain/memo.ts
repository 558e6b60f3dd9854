import type { Memo } from './ports.ts'

/** A memo of at most so many entries: the oldest makes room. */
export function smallMemo<Key, Value>(entries: number): Memo<Key, Value> {
  const held = new Map<Key, Value>()
  return {
    get: (key) => held.get(key),
    set: (key, value) => {
      held.set(key, value)
      const [oldest] = held.keys()
      if (held.size > entries) held.delete(oldest as Key)
    },
  }
}
