import type { Fault, Path } from '../problem.ts'
import { has, type RawMapping } from './raw.ts'

/** Of two keys of which neither means anything alone, the one that is missing. */
export function* together(given: RawMapping, one: string, other: string, above: Path): Iterable<Fault> {
  if (has(given, one) === has(given, other)) return
  const [there, missing] = has(given, one) ? [one, other] : [other, one]
  yield { path: [...above, missing], expected: `\`${missing}\` beside \`${there}\``, found: 'nothing' }
}
