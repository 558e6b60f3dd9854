import { has, isMapping, type RawMapping, read, textsOf, under, valueAt } from './cross-check/raw.ts'
import { type Fault, foundText, type Path } from './problem.ts'
import { authority } from './schema/authority.ts'
import { duration } from './schema/value.ts'

/** What the file says, with the keys of policies written into the `require` of the routes that name them. */
export interface Spread {
  readonly raw: unknown
  /** Routes that try to be weaker than their policy. */
  readonly faults: readonly Fault[]
  /** Whether the value at this path came from a policy, so that the fault in it is told where the policy is. */
  readonly isInherited: (path: Path) => boolean
}

/**
 * A policy is a `require` that routes share by its name. What is said of authority adds up, rule by rule, and is compiled
 * from both; of every other key the route gets the strictest of its policies, and may say it again only as strictly.
 */
export function spreadPolicies(raw: unknown): Spread {
  const faults: Fault[] = []
  const inherited = new Set<string>()
  if (!isMapping(raw) || !Array.isArray(raw['routes'])) return { raw, faults, isInherited: () => false }
  const policies = under(raw, 'policies')
  const routes = raw['routes'].map((route: unknown, index) => {
    const own = under(route, 'require')
    const above: Path = ['routes', index, 'require']
    const named = textsOf(own, 'policy', above)
      .map(({ text }) => under(policies, text))
      // One that only watches gives nothing that is enforced.
      .filter(({ enforce }) => enforce !== 'shadow')
    if (named.length === 0) return route
    let shared = named[0] as RawMapping
    for (const next of named.slice(1)) {
      const { value, apart } = strictest(shared, next, SHARED)
      faults.push(...apart.map((path) => contrary(shared, next, above, path)))
      shared = value
    }
    const { value, weaker } = strictest(shared, own, OWN)
    const hidden = named.some((policy) => Object.keys(policy).length === 0) ? ['issuer'] : []
    for (const key of [...Object.keys(value), ...hidden]) if (!has(own, key)) inherited.add(`${index} ${key}`)
    faults.push(...weaker.map((path) => tooWeak(own, shared, above, path)))
    faults.push(...emptied(value, own, above))
    return { ...(route as RawMapping), require: value }
  })
  return {
    raw: { ...raw, routes },
    faults,
    isInherited: ([table, index, require, key]) =>
      table === 'routes' && require === 'require' && inherited.has(`${index} ${key}`),
  }
}

interface Combined {
  readonly value: RawMapping
  /** Keys that the second says more weakly than the first. */
  readonly weaker: readonly Path[]
  /** Keys of which both say something, and neither is the stricter. */
  readonly apart: readonly Path[]
}

/** Key by key the stricter of both. What a schema would refuse is left to it. */
function strictest(first: RawMapping, second: RawMapping, side: Side): Combined {
  const value: Record<string, unknown> = { ...second }
  const weaker: Path[] = []
  const apart: Path[] = []
  for (const key of new Set([...Object.keys(first), ...Object.keys(second)])) {
    if (side.skips.has(key)) continue
    const [left, right] = [first[key], second[key]]
    if (isMapping(left) && isMapping(right)) {
      const inner = strictest(left, right, { ...side, skips: NOTHING })
      value[key] = inner.value
      weaker.push(...inner.weaker.map((path) => [key, ...path]))
      apart.push(...inner.apart.map((path) => [key, ...path]))
      continue
    }
    const strict = key.startsWith('danger_') ? allowed(left, right, side) : stricter(key, left, right)
    if (strict === undefined && has(first, key) && has(second, key)) apart.push([key])
    value[key] = strict ?? left
    if (right !== undefined && !same(value[key], right) && !ADDED.has(key)) weaker.push([key])
  }
  return { value, weaker, apart }
}

/** Danger is allowed where all allow it. A policy that is silent does not; a route that is silent takes what its policy says. */
function allowed(left: unknown, right: unknown, { inherits }: Side): boolean {
  return left === true && (right === true || (right === undefined && inherits))
}

/** Undefined where neither is. */
function stricter(key: string, left: unknown, right: unknown): unknown {
  if (left === undefined || right === undefined) return right ?? left
  if (ADDED.has(key)) return [...new Set([...asList(left), ...asList(right)])]
  if (typeof left === 'boolean' && typeof right === 'boolean') return left || right
  if (LISTS.has(key)) return asList(right).filter((each) => asList(left).includes(each))
  // Names look like anything: of other keys a word is no grade, and `5m` no time.
  const measure = GRADED.has(key) ? grade : TIMES.has(key) ? brevity : undefined
  const [one, other] = [measure?.(left), measure?.(right)]
  if (one !== undefined && other !== undefined) return one > other ? left : right
  return same(left, right) ? left : undefined
}

function grade(said: unknown): number | undefined {
  const at = typeof said === 'string' ? GRADES.indexOf(said) : -1
  return at < 0 ? undefined : at
}

function brevity(said: unknown): number | undefined {
  const milliseconds = read(time, said)
  return milliseconds === undefined ? undefined : -milliseconds
}

function tooWeak(own: RawMapping, shared: RawMapping, above: Path, path: Path): Fault {
  const at = [...above, ...path]
  const said = valueAt(shared, path)
  const hint = `its policy says ${said === undefined ? 'nothing of it' : textOf(said, at)}`
  const found = foundText(valueAt(own, path), at)
  return { path: at, expected: 'nothing that its policy does not allow', found, hint }
}

/** Two policies of a route, neither of which can be left out. */
function contrary(one: RawMapping, other: RawMapping, above: Path, path: Path): Fault {
  const [said, contradicted] = [one, other].map((each) => textOf(valueAt(each, path), [...above, ...path]))
  return {
    path: [...above, 'policy'],
    expected: `policies that agree on \`${path.join('.')}\``,
    found: `${said} and ${contradicted}`,
  }
}

function textOf(value: unknown, at: Path): string {
  return asList(value)
    .map((each) => foundText(each, at))
    .join(', ')
}

/** Policies that have nothing in common would admit nobody. */
function* emptied(value: RawMapping, own: RawMapping, above: Path): Iterable<Fault> {
  for (const key of ['issuer', 'sender']) {
    if (!Array.isArray(value[key]) || value[key].length > 0 || has(own, key)) continue
    yield { path: [...above, 'policy'], expected: `policies with one \`${key}\` in common`, found: 'none' }
  }
}

function same(left: unknown, right: unknown): boolean {
  return JSON.stringify(asList(left)) === JSON.stringify(asList(right))
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value]
}

interface Side {
  /** Keys that are not combined. */
  readonly skips: ReadonlySet<string>
  /** Whether the second is a route, which takes what its policies say. */
  readonly inherits: boolean
}

/** The rules of authority stay where they are said: they add up. */
const APART: ReadonlySet<string> = new Set(['policy', 'enforce', 'shadow', ...Object.keys(authority)])
const NOTHING: ReadonlySet<string> = new Set()
const SHARED: Side = { skips: APART, inherits: false }
const OWN: Side = { skips: APART, inherits: true }
const LISTS: ReadonlySet<string> = new Set(['issuer', 'sender', 'algorithms'])
/** Lists of which all must be fulfilled. */
const ADDED: ReadonlySet<string> = new Set(['permissions'])
const GRADED: ReadonlySet<string> = new Set(['nonce', 'content_digest'])
const GRADES = ['off', 'optional', 'required']
const TIMES: ReadonlySet<string> = new Set(['nonce_age', 'max_age', 'clock_skew'])
const time = duration('0ms', '8760h')
