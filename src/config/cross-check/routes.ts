import { HOP_BY_HOP, isTrustedField } from '../../domain/trusted-fields.ts'
import { didYouMean } from '../nearest.ts'
import { type Fault, foundText, type Path, pathText } from '../problem.ts'
import { host, pathPattern, publicOrigin } from '../schema/network.ts'
import { duration } from '../schema/value.ts'
import { among, defined, once } from './names.ts'
import { isCalledAt } from './publications.ts'
import {
  asksForCertificate,
  entriesOf,
  has,
  isSigned,
  type RawEntry,
  type RawMapping,
  read,
  signingKeysOf,
  textsOf,
  under,
} from './raw.ts'

/** What routes refer to, and whether each can be reached. */
export function* routeRules(raw: unknown): Iterable<Fault> {
  const routes = entriesOf(raw, 'routes')
  const names = new Map<unknown, Path>()
  for (const { path, value } of routes) {
    const require = under(value, 'require')
    yield* once(names, value.name, [...path, 'name'], 'a name that no other route has')
    yield* requireOrPublic(value, path)
    yield* defined(raw, 'upstreams', value, 'upstream', path)
    yield* defined(raw, 'issuers', require, 'issuer', [...path, 'require'])
    yield* oneToAsk(raw, require, [...path, 'require'])
    yield* knownHosts(raw, value, path)
    yield* noStrangerScripts(value, path)
    yield* knownNames(raw, require, [...path, 'require'])
    yield* knownNames(raw, under(require, 'shadow'), [...path, 'require', 'shadow'])
    yield* signatureWithKey(raw, require, [...path, 'require'])
    yield* signatureOfSomebody(raw, require, [...path, 'require'])
    yield* certificatesAskedFor(listenersOf(raw, value), require, [...path, 'require'])
    yield* headersThatArrive(value, path)
    yield* sensibleTimes(under(require, 'dpop'), [...path, 'require', 'dpop'])
  }
  // What policies enforce stands in their routes by now; what only watches does not.
  for (const { path, value } of entriesOf(raw, 'policies'))
    if (value.enforce === 'shadow') yield* knownNames(raw, value, path)
  yield* distinctRoutes(routes)
}

/** What never reaches an upstream is asked for in vain. */
function* headersThatArrive(route: RawMapping, above: Path): Iterable<Fault> {
  for (const key of ['required_headers', 'optional_headers'])
    for (const name of Object.keys(under(route, key))) {
      const plain = name.toLowerCase()
      if (!isTrustedField(plain) && !HOP_BY_HOP.has(plain)) continue
      const path = [...above, key, name]
      yield {
        path,
        part: 'key',
        expected: 'a field that is passed on to the upstream',
        found: foundText(name, path),
      }
    }
}

function* requireOrPublic(route: RawMapping, path: Path): Iterable<Fault> {
  const [guarded, open] = [has(route, 'require'), route.danger_public === true]
  if (guarded === open) {
    const found = guarded ? 'both' : 'neither'
    yield { path, expected: 'either `require` or `danger_public: true`', found }
  }
  if (open && route.forward_token === true) {
    const found = 'true beside `danger_public: true`'
    yield { path: [...path, 'forward_token'], expected: 'no token from a route that verifies none', found }
  }
}

/** A token that is no JWT names no issuer, so there must be no choice whom to ask about it. */
function* oneToAsk(raw: unknown, require: RawMapping, above: Path): Iterable<Fault> {
  const [first, ...others] = textsOf(require, 'issuer', above).filter(({ text }) =>
    has(under(under(raw, 'issuers'), text), 'introspection'),
  )
  for (const { path, text } of others) {
    const found = `${foundText(text, path)} beside ${foundText(first?.text, path)}`
    yield { path, expected: 'at most one issuer with `introspection`', found }
  }
}

/** Whoever may read the answers of a protected route is somebody with a name. */
function* noStrangerScripts(route: RawMapping, above: Path): Iterable<Fault> {
  if (route.danger_public === true) return
  for (const { path, text } of textsOf(under(route, 'cors'), 'origins', [...above, 'cors'])) {
    if (text !== '*') continue
    yield { path, expected: 'origins by name on a route that is not public', found: foundText(text, path) }
  }
}

/** Hosts are those of public origins. */
export function* knownHosts(raw: unknown, route: RawMapping, above: Path): Iterable<Fault> {
  const origins = entriesOf(raw, 'listeners').flatMap(({ path, value }) =>
    textsOf(value, 'public_origin', path),
  )
  const known = new Set(
    origins.flatMap(({ text }) => {
      const origin = read(publicOrigin, text)
      return origin === undefined ? [] : [new URL(origin).host, new URL(origin).hostname]
    }),
  )
  for (const { path, text } of textsOf(route, 'hosts', above)) {
    const wanted = read(host, text)
    if (wanted === undefined || known.size === 0 || known.has(wanted)) continue
    const expected = 'the host of a `public_origin` of a listener'
    yield { path, expected, found: foundText(text, path), ...didYouMean(wanted, known) }
  }
}

/** Enforced or watched, of the consent service and of the profile of signatures. */
function* knownNames(raw: unknown, demands: RawMapping, above: Path): Iterable<Fault> {
  yield* defined(raw, 'consents', under(demands, 'consent'), 'service', [...above, 'consent'])
  const names = ['fapi2', ...Object.keys(under(raw, 'signature_profiles'))]
  yield* among(names, demands, 'signature', above, 'fapi2 or a name from `signature_profiles`')
}

function* signatureWithKey(raw: unknown, require: RawMapping, path: Path): Iterable<Fault> {
  if (!isSigned(raw, require, 'response') || signingKeysOf(raw).length > 0) return
  const hint = 'responses on this route are signed'
  yield { path: [...path, 'signature'], expected: 'a `signing` key in this file', found: 'none', hint }
}

function* signatureOfSomebody(raw: unknown, require: RawMapping, path: Path): Iterable<Fault> {
  if (!isSigned(raw, require, 'request') || hasClients(raw)) return
  const hint = 'nobody could sign a request'
  yield {
    path: [...path, 'signature'],
    expected: '`clients` or `client_keys` in this file',
    found: 'none',
    hint,
  }
}

function hasClients(raw: unknown): boolean {
  return entriesOf(raw, 'clients').length > 0 || Object.keys(under(raw, 'client_keys')).length > 0
}

/** Those that it is called at, or all where its hosts are those of none. */
export function listenersOf(raw: unknown, route: RawMapping): readonly RawEntry[] {
  const all = entriesOf(raw, 'listeners')
  const own = all.filter(({ value }) => isCalledAt(route, value))
  return own.length > 0 ? own : all
}

function* certificatesAskedFor(
  listeners: readonly RawEntry[],
  require: RawMapping,
  above: Path,
): Iterable<Fault> {
  const senders = textsOf(require, 'sender', above)
  if (senders.length === 0 || senders.some(({ text }) => text !== 'mtls')) return
  if (listeners.some(({ value }) => asksForCertificate(under(value, 'tls')))) return
  const hint = '`tls.client_certificate: optional` asks'
  yield {
    path: [...above, 'sender'],
    expected: 'a listener that asks for client certificates',
    found: 'none',
    hint,
  }
}

function* sensibleTimes(dpop: RawMapping, above: Path): Iterable<Fault> {
  const [skew, age] = [read(time, dpop.clock_skew), read(time, dpop.max_age)]
  if (skew === undefined || age === undefined || skew <= age) return
  const path = [...above, 'clock_skew']
  yield { path, expected: 'no more than `max_age`', found: foundText(dpop.clock_skew, path) }
}

/** Two routes for one request: which of them is meant would depend on their order. */
function* distinctRoutes(routes: readonly RawEntry[]): Iterable<Fault> {
  const byPath = new Map<string, RawEntry[]>()
  for (const route of routes) {
    const pattern = read(pathPattern, route.value.path)
    if (pattern === undefined) continue
    const shape = pattern.replace(/\{[^/]*\}/g, '*')
    const earlier = byPath.get(shape) ?? []
    byPath.set(shape, [...earlier, route])
    const other = earlier.find((candidate) => overlap(candidate.value, route.value))
    if (other === undefined) continue
    const path = [...route.path, 'path']
    const found = `${foundText(route.value.path, path)}, as in ${pathText(other.path)}`
    yield { path, expected: 'a path, host or method that no other route has', found }
  }
}

function overlap(left: RawMapping, right: RawMapping): boolean {
  const [leftHosts, rightHosts] = [hostsOf(left), hostsOf(right)]
  const sameHosts =
    leftHosts.length === 0 ? rightHosts.length === 0 : leftHosts.some((name) => rightHosts.includes(name))
  if (!sameHosts) return false
  const [leftMethods, rightMethods] = [methodsOf(left), methodsOf(right)]
  if (leftMethods.length === 0 || rightMethods.length === 0) return true
  return leftMethods.some((method) => rightMethods.includes(method))
}

function hostsOf(route: RawMapping): (string | undefined)[] {
  return textsOf(route, 'hosts', []).map(({ text }) => read(host, text))
}

/** GET implies HEAD. */
function methodsOf(route: RawMapping): string[] {
  return textsOf(route, 'methods', []).flatMap(({ text }) => (text === 'GET' ? ['GET', 'HEAD'] : [text]))
}

const time = duration('0ms', '576h')
