import { type Fault, foundText, type Path, pathText } from '../problem.ts'
import { appliesTo, isCatchAll, literalPrefix, takes, WELL_KNOWN } from '../published-paths.ts'
import { host, pathPattern, publicOrigin } from '../schema/network.ts'
import { publicPath } from '../schema/resource-metadata.ts'
import { entriesOf, has, type RawEntry, type RawMapping, read, signingKeysOf, textsOf, under } from './raw.ts'

/**
 * What the gateway answers itself must take nothing from a route unseen. A route that begins with a wildcard gives way, as it
 * does to any path that is named more exactly, and the start says so; any other that takes the same path is a problem.
 */
export function* publicationRules(raw: unknown): Iterable<Fault> {
  const routes = entriesOf(raw, 'routes')
  yield* saidOnce(raw)
  for (const { path, value } of entriesOf(raw, 'listeners')) {
    const own = routes.filter((route) => isCalledAt(route.value, value))
    yield* keysInTheWay(value, path, own)
    const settings = under(value, 'resource_metadata')
    if (settings.publish !== false) yield* metadataInTheWay(own)
    if (settings.signed === true && signingKeysOf(raw).length === 0) {
      const at = [...path, 'resource_metadata', 'signed']
      yield { path: at, expected: 'a `signing` key in this file', found: 'none' }
    }
  }
}

/** Of an origin there is one set of keys, at one place, and one metadata: what a second listener says otherwise nobody would hear. */
function* saidOnce(raw: unknown): Iterable<Fault> {
  const first = new Map<string, RawEntry>()
  for (const { path, value } of entriesOf(raw, 'listeners')) {
    const origins = textsOf(value, 'public_origin', []).map(({ text }) => read(publicOrigin, text) ?? '')
    const other = origins.map((origin) => first.get(origin)).find((known) => known !== undefined)
    for (const origin of origins) if (!first.has(origin)) first.set(origin, { path, value })
    if (other === undefined) continue
    for (const [key, isApart] of APART) {
      if (!isApart(other.value, value)) continue
      const expected = `what ${pathText(other.path)} has there, which is called by the same origin`
      yield { path: [...path, key], expected, found: has(value, key) ? 'something else' : 'nothing' }
    }
  }
}

function* keysInTheWay(listener: RawMapping, above: Path, routes: readonly RawEntry[]): Iterable<Fault> {
  const path = read(publicPath, listener.jwks_path)
  if (path === undefined) return
  const at = [...above, 'jwks_path']
  if (path === WELL_KNOWN || path.startsWith(`${WELL_KNOWN}/`)) {
    yield { path: at, expected: 'a path that is not that of the metadata', found: foundText(path, at) }
  }
  for (const { path: taken, value } of routes) {
    const pattern = read(pathPattern, value.path)
    if (pattern === undefined || isCatchAll(pattern) || !takes(pattern, path)) continue
    const found = `${foundText(path, at)}, which ${pathText(taken)} takes`
    yield { path: at, expected: 'a path that no route takes', found }
  }
}

function* metadataInTheWay(routes: readonly RawEntry[]): Iterable<Fault> {
  for (const { path, value } of routes) {
    const pattern = read(pathPattern, value.path)
    if (pattern === undefined || isCatchAll(pattern)) continue
    const below = literalPrefix(pattern)
    if (!takes(pattern, WELL_KNOWN) && below !== WELL_KNOWN && !below.startsWith(`${WELL_KNOWN}/`)) continue
    const at = [...path, 'path']
    const hint = '`resource_metadata: { publish: false }` on the listener leaves it to the upstream'
    const expected = `a path that is not ${WELL_KNOWN}, which the gateway answers itself`
    yield { path: at, expected, found: foundText(value.path, at), hint }
  }
}

/** Whether the route is for an origin of the listener. */
export function isCalledAt(route: RawMapping, listener: RawMapping): boolean {
  const hosts = has(route, 'hosts')
    ? textsOf(route, 'hosts', []).map(({ text }) => read(host, text) ?? '')
    : null
  return textsOf(listener, 'public_origin', []).some(({ text }) => {
    const origin = read(publicOrigin, text)
    return origin !== undefined && appliesTo(hosts, origin.slice('https://'.length))
  })
}

function jwksApart(one: RawMapping, other: RawMapping): boolean {
  return has(one, 'jwks_path') && has(other, 'jwks_path') && one.jwks_path !== other.jwks_path
}

/** A listener that says nothing publishes. */
function metadataApart(one: RawMapping, other: RawMapping): boolean {
  const of = (listener: RawMapping): RawMapping => ({ ...PUBLISHED, ...under(listener, 'resource_metadata') })
  const [said, saidToo] = [of(one), of(other)]
  if (!has(other, 'resource_metadata')) return said.publish === false
  return Object.keys({ ...said, ...saidToo }).some((key) => said[key] !== saidToo[key])
}

const PUBLISHED = { publish: true, signed: false }
const APART = [
  ['jwks_path', jwksApart],
  ['resource_metadata', metadataApart],
] as const
