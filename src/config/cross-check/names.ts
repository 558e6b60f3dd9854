import { didYouMean } from '../nearest.ts'
import { type Fault, foundText, type Path, pathText } from '../problem.ts'
import { type RawMapping, textsOf, under } from './raw.ts'

/** A second value that equals one before it. */
export function* once(
  seen: Map<unknown, Path>,
  value: unknown,
  path: Path,
  expected: string,
): Iterable<Fault> {
  if (typeof value !== 'string') return
  const first = seen.get(value)
  if (first === undefined) seen.set(value, path)
  else yield { path, expected, found: `${foundText(value, path)}, as in ${pathText(first)}` }
}

/** What stands under a key, one or a list, must be among these names. */
export function* among(
  names: readonly string[],
  from: RawMapping,
  key: string,
  above: Path,
  expected: string,
): Iterable<Fault> {
  for (const { path, text } of textsOf(from, key, above)) {
    if (names.includes(text)) continue
    yield { path, expected, found: foundText(text, path), ...didYouMean(text, names) }
  }
}

/** The same with the names of the entries of a table, such as `issuers`. */
export function* defined(
  raw: unknown,
  table: string,
  from: RawMapping,
  key: string,
  above: Path,
): Iterable<Fault> {
  const names = Object.keys(under(raw, table))
  yield* among(names, from, key, above, `a name from \`${table}\`${noneIn(names)}`)
}

/** The end of a clause about a table that is empty. */
export function noneIn(names: readonly string[]): string {
  return names.length === 0 ? ', which has none' : ''
}
