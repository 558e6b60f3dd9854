import { boundedMemo } from '../../domain/memo.ts'
import type { Memo } from '../../domain/ports.ts'

/** The sets of scopes of one issuer's tokens, each by its text. */
export type ScopeSets = Memo<string, ReadonlySet<string>>

/** For a new issuer: there are few such sets. */
export function scopeSets(): ScopeSets {
  return boundedMemo(1000)
}

/** The set of before that has the same scopes; else this one, which the next may share. */
export function sharedScopes(scopes: ReadonlySet<string>, sets: ScopeSets): ReadonlySet<string> {
  // Not joined by spaces, which a scope of a list may have.
  const key = JSON.stringify([...scopes])
  const shared = sets.get(key) ?? scopes
  if (shared === scopes && key.length <= LONGEST_SHARED) sets.set(key, scopes)
  return shared
}

/**
 * RFC 6749 §3.3: with spaces between, for whoever reads it again. What has white space itself, as the name of a group in a list may,
 * would be read as several that nobody granted, so it is left out.
 */
export function scopeText(scopes: ReadonlySet<string>): string {
  return [...scopes].filter((scope) => !/\s/.test(scope)).join(' ')
}

/** Characters. */
const LONGEST_SHARED = 1024
