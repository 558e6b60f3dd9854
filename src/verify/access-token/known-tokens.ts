import { boundedMemo, type MemoCounts } from '../../domain/memo.ts'
import type { Memo } from '../../domain/ports.ts'
import { TextMap } from '../../domain/text-map.ts'
import type { AccessToken } from './token.ts'

/**
 * Tokens that were verified before, by their text. It may forget, and give what was set before the last: whether a token still holds is
 * asked every time. Whether it is the one that was presented is not, so whoever brings a memo of their own promises that it
 * gives what was set for this text, octet for octet, and for no other: not by a part of it, nor whatever its case.
 */
export type KnownTokens = Memo<string, AccessToken>

/** Room for so many of the usual length. Whoever wraps one token in many long encryptions fills it no further. */
export function knownTokens(entries: number, counts?: MemoCounts): KnownTokens {
  return boundedMemo<string, AccessToken>(entries, {
    weigh: (_, { length }) => Math.ceil(length / USUAL_LENGTH),
    generation: () => new TextMap(),
    counts,
  })
}

/** Characters. */
const USUAL_LENGTH = 1024
