import { boundedMemo } from '../../domain/memo.ts'
import type { Memo } from '../../domain/ports.ts'
import { TextMap } from '../../domain/text-map.ts'
import type { AccessToken } from './token.ts'

/** Tokens that were verified before, by their text. */
export type KnownTokens = Memo<string, AccessToken>

/** Room for so many of the usual length. Whoever wraps one token in many long encryptions fills it no further. */
export function knownTokens(entries: number): KnownTokens {
  return boundedMemo<string, AccessToken>(
    entries,
    (_, { length }) => Math.ceil(length / USUAL_LENGTH),
    () => new TextMap(),
  )
}

/** Characters. */
const USUAL_LENGTH = 1024
