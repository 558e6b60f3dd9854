import { ownText } from '../codec/own-text.ts'
import type { Memo } from './ports.ts'

/**
 * Values that may be forgotten, by latin1 texts whose ends differ: of a signature, of a digest. The end tells the place. Where there
 * are many, no cache holds them, and what a look costs is how often memory is waited for: here text and value are asked for at the
 * same time. A Map tells each of some five steps by the one before, and enters what it is asked for in V8's table of all texts,
 * what anybody makes up among it.
 */
export class TextMap<Value extends object> implements Memo<string, Value> {
  #ends = new Int32Array(SMALLEST)
  #texts = emptyPlaces<string>(SMALLEST)
  #values = emptyPlaces<Value>(SMALLEST)
  #size = 0

  get(text: string): Value | undefined {
    const place = this.#placeOf(endOf(text), text)
    return place === NOWHERE ? undefined : this.#values[place]
  }

  set(text: string, value: Value): void {
    const end = endOf(text)
    const place = this.#placeOf(end, text)
    if (place === NOWHERE) return
    if (this.#values[place] !== undefined) {
      this.#values[place] = value
      return
    }
    // The text at hand is a part of the head that it came in, which would be kept with it.
    const own = ownText(text)
    // One that is not latin1 would stand there as another.
    if (own !== text) return
    this.#put(place, end, own, value)
    if (this.#size > this.#ends.length / 2) this.#grow()
  }

  #put(place: number, end: number, text: string, value: Value): void {
    this.#ends[place] = end
    this.#texts[place] = text
    this.#values[place] = value
    this.#size++
  }

  /**
   * Where the text stands, or the empty place where it would. None where all that are looked at are taken: ends that are chosen to
   * crowd together cost no more, and do not push each other out, for then two would do to have a memo forget all others.
   */
  #placeOf(end: number, text: string): number {
    const ends = this.#ends
    const values = this.#values
    const last = ends.length - 1
    const first = Math.imul(end, GOLDEN) >>> Math.clz32(last)
    for (let step = 0; step < LOOKED_AT; step++) {
      const place = (first + step) & last
      if (values[place] === undefined || (ends[place] === end && this.#texts[place] === text)) return place
    }
    return NOWHERE
  }

  #grow(): void {
    const [ends, texts, values] = [this.#ends, this.#texts, this.#values]
    this.#ends = new Int32Array(2 * ends.length)
    this.#texts = emptyPlaces(2 * ends.length)
    this.#values = emptyPlaces(2 * ends.length)
    this.#size = 0
    for (const [from, end] of ends.entries()) {
      const value = values[from]
      if (value === undefined) continue
      const text = texts[from] as string
      const place = this.#placeOf(end, text)
      if (place !== NOWHERE) this.#put(place, end, text, value)
    }
  }
}

/** 32 bits of the characters before the last, which in base64url may have few values. */
function endOf(text: string): number {
  let end = 0
  for (let at = Math.max(0, text.length - 9); at < text.length - 1; at++)
    end = (Math.imul(end, 67) + text.charCodeAt(at)) | 0
  return end
}

function emptyPlaces<Value>(count: number): (Value | undefined)[] {
  return new Array<Value | undefined>(count).fill(undefined)
}

/** A power of two. */
const SMALLEST = 16
const NOWHERE = -1
/** Half of all places are empty, so as many taken in a row are not met by chance. */
const LOOKED_AT = 64
/** 2^32 divided by the golden ratio: spreads what differs anywhere over the highest bits. */
const GOLDEN = 0x9e3779b1
