/** A value as a line can show it: visible ASCII as it stands, anything else as JSON, escaped; and not too long. */
export function shown(value: unknown, longest = LONGEST): string {
  if (value === undefined || value === null) return 'absent'
  // Cut first as well: who sends much of what has to be escaped would have us work for it.
  const whole = typeof value === 'string' ? value.slice(0, longest + 1) : value
  const text = typeof whole === 'string' && PLAIN.test(whole) ? whole : written(whole)
  return text.length > longest ? `${text.slice(0, longest)}…` : text
}

/** A text that must be seen whole: it is told line by line. */
export class Lines {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  shown(): readonly string[] {
    return this.#text.split('\n').map((line) => shown(line, LONGEST_LINE))
  }
}

/** `1790000000 (62 s ago)`: a moment, and how it lies to another; Unix seconds. */
export function moment(time: unknown, now: number): unknown {
  if (typeof time !== 'number' || !Number.isFinite(time)) return time
  const apart = Math.floor(time) - now
  const lies = apart === 0 ? 'now' : apart < 0 ? `${-apart} s ago` : `in ${apart} s`
  return `${time} (${lies})`
}

/** As JSON, or `absent`. Terminals obey what is not visible, so nothing of it gets through. */
export function written(value: unknown): string {
  return (JSON.stringify(value) ?? 'absent').replace(
    UNSAFE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** § is the sign of our own citations. */
const PLAIN = /^[\x20-\x7e§]+$/
const UNSAFE = /[^\x20-\x7e]/g
/** Characters. */
const LONGEST = 300
const LONGEST_LINE = 1_000
