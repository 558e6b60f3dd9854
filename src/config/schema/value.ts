import * as z from 'zod'

/**
 * Every schema here carries the phrase that follows "expected" as its error, and as its title the word that the reference
 * shows for its type. Defaults go in with `prefault`, so that they are written as an operator would write them.
 */
export function text(title: string, expects: string, pattern: RegExp = /./) {
  return z.string({ error: expects }).regex(pattern, { error: expects }).meta({ title })
}

/** A text that a parser turns into something else, or refuses by undefined. */
export function parsed<T>(
  title: string,
  expects: string,
  pattern: RegExp,
  parse: (given: string) => T | undefined,
) {
  return text(title, expects, pattern).transform((given, context): T => {
    const value = parse(given)
    if (value !== undefined) return value
    context.issues.push({ code: 'custom', message: expects, input: given })
    return z.NEVER
  })
}

/** One value or a list of at least so many; always a list in the Document. */
export function oneOrList<T extends z.ZodType>(item: T, expects: string, least = 1) {
  const either = z.union([item, z.array(item).min(least, { error: 'at least one entry' })], {
    error: expects,
  })
  return either.transform((given): readonly z.output<T>[] =>
    Array.isArray(given) ? given : [given as z.output<T>],
  )
}

/** A list, with at least one entry unless said otherwise. */
export function listOf<T extends z.ZodType>(item: T, expects: string, least = 1) {
  const list = z.array(item, { error: expects }).min(least, { error: 'at least one entry' })
  return list.transform((given): readonly z.output<T>[] => given)
}

/** `30s` and the like, as integer milliseconds between the two bounds, which are written the same way. */
export function duration(least: string, most: string) {
  const [low, high] = [milliseconds(least)!, milliseconds(most)!]
  const expects = `a duration from ${least} to ${most}, such as 500ms, 60s, 5m or 1h`
  return parsed('duration', expects, DURATION, (given) => within(milliseconds(given), low, high))
}

/** `64KiB` and the like, as integer octets between the two bounds, which are written the same way. */
export function size(least: string, most: string) {
  const [low, high] = [octets(least)!, octets(most)!]
  const expects = `a size from ${least} to ${most}, such as 512B, 64KiB or 1MiB`
  return parsed('size', expects, SIZE, (given) => within(octets(given), low, high))
}

/** A whole number from `least` to `most`. */
export function count(least: number, most: number) {
  const error = `a whole number from ${least} to ${most}`
  return z.int({ error }).min(least, { error }).max(most, { error }).meta({ title: 'number' })
}

export function choice<const T extends readonly [string, ...string[]]>(...words: T) {
  const error = words.length === 1 ? words[0] : `one of ${words.join(', ')}`
  return z.enum(words, { error })
}

export function flag() {
  return z.boolean({ error: 'true or false' }).meta({ title: 'true or false' })
}

/** A mapping with these keys and no other; about one that it does not have, its error lists those that it has. */
export function mapping<T extends z.core.$ZodLooseShape>(shape: T) {
  const keys = Object.keys(shape).join(', ')
  return z.strictObject(shape, { error: ({ code }) => (code === 'unrecognized_keys' ? keys : 'a mapping') })
}

/** A mapping from names, which the operator chooses, to values of one kind. */
export function named<T extends z.ZodType>(value: T) {
  return z.record(entryName, value, { error: 'a mapping from names to settings' })
}

export const entryName = text(
  'name',
  'a name of letters, digits, ".", "_" and "-"',
  /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
)

/** Relative to the folder of the configuration file until load.ts resolves it. */
export const filePath = text('path', 'a path', /^[^\x00]+$/)

function milliseconds(given: string): number | undefined {
  const [, digits, unit] = DURATION.exec(given) ?? []
  return unit === undefined ? undefined : Number(digits) * MILLISECONDS[unit]!
}

function octets(given: string): number | undefined {
  const [, digits, unit] = SIZE.exec(given) ?? []
  return unit === undefined ? undefined : Number(digits) * OCTETS[unit]!
}

function within(value: number | undefined, low: number, high: number): number | undefined {
  return value !== undefined && value >= low && value <= high ? value : undefined
}

const DURATION = /^([0-9]{1,9})(ms|s|m|h)$/
const SIZE = /^([0-9]{1,9})(B|KiB|MiB|GiB)$/
const MILLISECONDS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
const OCTETS: Record<string, number> = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 }
