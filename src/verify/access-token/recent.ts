import { ownText } from '../../codec/own-text.ts'
import type { Presented } from './extract.ts'

/**
 * Credentials that come again and again, so that they need not be taken apart and hashed each time. Each has one place, by
 * octets that differ from token to token. What comes there once is only marked, by a few characters of its hash: of many
 * clients that take turns nothing is kept.
 */
export class RecentCredentials {
  readonly #kept: (Kept | undefined)[] = new Array(PLACES).fill(undefined)
  readonly #marks = new Int32Array(PLACES)

  /** What the very same field was last read as; undefined: it is to be read. */
  recall(field: string): Presented | undefined {
    const kept = this.#kept[placeOf(field)]
    return kept?.field === field ? kept.presented : undefined
  }

  noteRead(field: string, presented: Presented): void {
    if (field.length > LONGEST_KEPT) return
    const place = placeOf(field)
    const mark = markOf(presented.hash)
    if (this.#marks[place] !== mark) {
      this.#marks[place] = mark
      return
    }
    const own = ownText(field)
    this.#kept[place] = { field: own, presented: { ...presented, token: own.slice(-presented.token.length) } }
  }
}

interface Kept {
  readonly field: string
  readonly presented: Presented
}

/** The last character of a signature has few values, and padding has one. */
function placeOf(field: string): number {
  const end = field.length
  return ((field.charCodeAt(end - 2) << 5) ^ field.charCodeAt(end - 3)) & (PLACES - 1)
}

function markOf(hash: string): number {
  return (hash.charCodeAt(0) << 16) | (hash.charCodeAt(1) << 8) | hash.charCodeAt(2)
}

/** A power of two. */
const PLACES = 1024
/** Characters: longer than most tokens, and 4 MiB where all places are full of such. */
const LONGEST_KEPT = 4096
