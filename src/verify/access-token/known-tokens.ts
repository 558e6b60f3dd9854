import { boundedMemo } from '../../domain/memo.ts'
import type { Memo } from '../../domain/ports.ts'
import type { AccessToken } from './token.ts'

/**
 * Tokens that were verified before, each in a place that the end of its text tells, of a signature, where texts differ. Two
 * that share one take turns in it. Not by the text itself: V8 enters whatever a Map is asked for as text in a table of all texts of the
 * process, what anybody makes up among it.
 */
export type KnownTokens = Memo<number, AccessToken>

/** Room for so many of the usual length. Whoever wraps one token in many long encryptions fills it no further. */
export function knownTokens(entries: number): KnownTokens {
  return boundedMemo(entries, ({ length }) => Math.ceil(length / USUAL_LENGTH))
}

export function recallToken(known: KnownTokens, text: string): AccessToken | undefined {
  const token = known.get(placeOf(text))
  return token?.isWritten(text) ? token : undefined
}

export function rememberToken(known: KnownTokens, text: string, token: AccessToken): void {
  known.set(placeOf(text), token)
}

/** Characters. */
const USUAL_LENGTH = 1024

/** 32 bits of the characters before the last, which has few values. */
function placeOf(text: string): number {
  let place = 0
  for (let at = Math.max(0, text.length - 9); at < text.length - 1; at++)
    place = (Math.imul(place, 67) + text.charCodeAt(at)) | 0
  return place
}
