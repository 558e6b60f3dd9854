import { LRUCache } from 'lru-cache'
import type { Memo } from '../../domain/ports.ts'

/** The only door to lru-cache. For what may be forgotten and computed again; never for proofs that were used. */
export function boundedMemo<Value extends object>(entries: number): Memo<string, Value> {
  return new LRUCache<string, Value>({ max: entries })
}
