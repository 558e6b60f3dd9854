import { namedSegments } from '../../decision/path-parameters.ts'
import { compileCondition, isMistake } from '../condition.ts'
import { type Fault, foundText, type Path } from '../problem.ts'
import { defined } from './names.ts'
import {
  asksForCertificate,
  entriesOf,
  has,
  isMapping,
  type RawEntry,
  type RawMapping,
  textsOf,
  under,
} from './raw.ts'
import { listenersOf } from './routes.ts'

/** What routes and policies demand of tokens. */
export function* authorityRules(raw: unknown): Iterable<Fault> {
  for (const { path, value } of entriesOf(raw, 'policies')) {
    yield* defined(raw, 'issuers', value, 'issuer', path)
    yield* detailMatches(value, path)
    yield* conditions(value, path)
    yield* holdersNamed(entriesOf(raw, 'listeners'), value, path)
  }
  for (const { path, value } of entriesOf(raw, 'routes')) {
    const require = under(value, 'require')
    const above = [...path, 'require']
    const pattern = typeof value['path'] === 'string' ? value['path'] : ''
    const names = namedSegments(pattern).map(({ name }) => name)
    yield* defined(raw, 'policies', require, 'policy', above)
    for (const { demands, at } of [
      { demands: require, at: above },
      { demands: under(require, 'shadow'), at: [...above, 'shadow'] },
    ]) {
      yield* detailMatches(demands, at)
      yield* conditions(demands, at)
      yield* holdersNamed(listenersOf(raw, value), demands, at)
      yield* segmentsNamed(demands, at, names)
    }
    yield* contradictions(raw, require, above)
    for (const { path: at, text } of textsOf(require, 'policy', above)) {
      const [missing] = [...segmentsNamed(under(under(raw, 'policies'), text), at, names)]
      if (missing !== undefined)
        yield { ...missing, path: at, expected: `a policy whose segments the path names` }
    }
  }
}

/** Policies and the route add up. Where one wants a grant, an `acr` or a claim that another excludes, nobody would be admitted. */
function* contradictions(raw: unknown, require: RawMapping, above: Path): Iterable<Fault> {
  const layers = [
    ...textsOf(require, 'policy', above).map(({ path, text }) => ({
      path,
      demands: under(under(raw, 'policies'), text),
    })),
    { path: above, demands: require },
  ].filter(({ demands }) => demands['enforce'] !== 'shadow')
  const wanted = new Map<string, unknown>()
  for (const { path, demands } of layers) {
    const isOwn = demands === require
    for (const [at, value] of exclusive(demands)) {
      const key = at.join(' ')
      const before = wanted.get(key)
      if (before === undefined) wanted.set(key, value)
      else if (excludes(key, before, value)) {
        const place = isOwn ? [...path, ...at] : path
        const expected = `${key === 'acr' ? 'an' : 'a'} \`${at.join('.')}\` that its policies leave room for`
        yield {
          path: place,
          expected,
          found: isOwn ? foundText(value, place) : 'two that exclude each other',
        }
      }
    }
  }
}

function exclusive(demands: RawMapping): readonly (readonly [Path, unknown])[] {
  const claims = Object.entries(under(demands, 'claims')).map(
    ([name, value]) => [['claims', name], value] as const,
  )
  const alone = ['grant', 'acr'].filter((key) => has(demands, key))
  return [...alone.map((key) => [[key], demands[key]] as const), ...claims]
}

/** A claim may be a list that has what both want, unless one wants it to be absent. */
function excludes(name: string, one: unknown, other: unknown): boolean {
  if (name === 'grant') return one !== other
  // A token has one.
  if (name === 'acr') return ![one].flat().some((each) => [other].flat().includes(each))
  const [isThere, isThereToo] = [one, other].map((each) => !isMapping(each) || each['present'] !== false)
  return isThere !== isThereToo
}

/** Where none of these has client certificates verified, what must be in one refuses everybody. */
function* holdersNamed(listeners: readonly RawEntry[], demands: RawMapping, above: Path): Iterable<Fault> {
  if (listeners.some(({ value }) => verifiesCertificates(under(value, 'tls')))) return
  const named = entriesOf(demands, 'claims').filter(({ value }) => has(value, 'certificate_subject'))
  const asked = has(demands, 'psd2_role') ? [['psd2_role']] : []
  for (const path of [...asked, ...named.map(({ path }) => path)]) {
    const expected = 'a listener that asks for client certificates and verifies them'
    const hint = '`tls.client_certificate: optional` asks, `client_certificate_mode: pki` verifies'
    yield { path: [...above, ...path], expected, found: 'none', hint }
  }
}

function verifiesCertificates(tls: RawMapping): boolean {
  const { client_certificate_mode: mode = 'pki' } = tls
  return asksForCertificate(tls) && mode === 'pki'
}

/** CEL is compiled and type-checked before any request comes. */
function* conditions(require: RawMapping, above: Path): Iterable<Fault> {
  for (const { path, text } of textsOf(require, 'condition', above)) {
    const compiled = compileCondition(text)
    if (!isMistake(compiled)) continue
    const { says, line, column } = compiled
    const found = `a mistake in its line ${line}, column ${column}: ${says}`
    yield { path, expected: 'a condition in CEL that is true or false', found }
  }
}

/** Each value comes from one place. */
function* detailMatches(demands: RawMapping, above: Path): Iterable<Fault> {
  for (const { path, value } of matchesOf(demands, above)) {
    const sources = ['path', 'body'].filter((key) => has(value, key))
    if (sources.length === 1) continue
    yield { path, expected: 'one of `path` and `body`', found: sources.length === 0 ? 'neither' : 'both' }
  }
}

/** A segment that is compared must be one that the path of the route names. */
function* segmentsNamed(demands: RawMapping, above: Path, names: readonly string[]): Iterable<Fault> {
  for (const { path, value } of matchesOf(demands, above)) {
    const { path: name } = value
    if (typeof name !== 'string' || names.includes(name)) continue
    const hint = names.length === 0 ? 'the path of the route names none' : `it names ${names.join(', ')}`
    const expected = 'a segment that the path of the route names'
    yield { path: [...path, 'path'], expected, found: foundText(name, path), hint }
  }
}

function matchesOf(demands: RawMapping, above: Path): RawEntry[] {
  return entriesOf(demands, 'authorization_details').flatMap(({ path, value }) =>
    entriesOf(value, 'match').map((match) => ({ ...match, path: [...above, ...path, ...match.path] })),
  )
}
