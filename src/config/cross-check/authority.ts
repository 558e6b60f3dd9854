import { namedSegments } from '../../decision/path-parameters.ts'
import { compileCondition, isMistake } from '../condition.ts'
import { type Fault, foundText, type Path } from '../problem.ts'
import { entriesOf, has, type RawMapping, textsOf, under } from './raw.ts'

/** What routes demand of tokens: values of details that the request must have. */
export function* authorityRules(raw: unknown): Iterable<Fault> {
  for (const { path, value } of entriesOf(raw, 'routes')) {
    const names =
      typeof value['path'] === 'string' ? namedSegments(value['path']).map(({ name }) => name) : []
    yield* detailMatches(under(value, 'require'), [...path, 'require'], names)
    yield* conditions(under(value, 'require'), [...path, 'require'])
  }
}

/** CEL is compiled and type-checked before any request comes. */
export function* conditions(require: RawMapping, above: Path): Iterable<Fault> {
  for (const { path, text } of textsOf(require, 'condition', above)) {
    const compiled = compileCondition(text)
    if (!isMistake(compiled)) continue
    const { says, line, column } = compiled
    const found = `a mistake in its line ${line}, column ${column}: ${says}`
    yield { path, expected: 'a condition in CEL that is true or false', found }
  }
}

/** Each value comes from one place, and a segment that is named must be one of the path. */
export function* detailMatches(require: RawMapping, above: Path, names: readonly string[]): Iterable<Fault> {
  for (const { path, value } of entriesOf(require, 'authorization_details')) {
    for (const { path: member, value: match } of entriesOf(value, 'match')) {
      const at = [...above, ...path, ...member]
      const sources = ['path', 'body'].filter((key) => has(match, key))
      if (sources.length !== 1) {
        yield {
          path: at,
          expected: 'one of `path` and `body`',
          found: sources.length === 0 ? 'neither' : 'both',
        }
      }
      const name = match['path']
      if (typeof name !== 'string' || names.includes(name)) continue
      const known = names.length === 0 ? 'the path of the route names none' : `it names ${names.join(', ')}`
      const expected = 'a segment that the path of the route names'
      yield { path: [...at, 'path'], expected, found: foundText(name, at), hint: known }
    }
  }
}
