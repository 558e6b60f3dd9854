import { withoutPort } from '../codec/authority.ts'
import { routingForm } from '../codec/target-uri.ts'
import type { Denial } from '../domain/denial.ts'
import { D } from './denials.ts'
import { NAMED } from './path-parameters.ts'
import type { Route } from './route.ts'

/** What a route matches. */
export interface Pattern {
  /** `/accounts/*`, `/accounts/**`: `*`, or a name as in `{accountId}`, is one segment that is not empty, `**` at the end is zero or more. */
  readonly path: string
  /** `host:port`, or `host` for every port of it; null: all public origins. */
  readonly hosts: readonly string[] | null
  /** Null: all that `METHOD` takes. */
  readonly methods: readonly string[] | null
}

/** What the router looks at. */
export interface Target {
  readonly authority: string
  readonly method: string
  readonly normalPath: string
}

/** Finds the route of a request. Built once from all routes, then only read; its cost does not grow with their number. */
export class Router {
  readonly #anyHost: Node
  readonly #hosts: ReadonlyMap<string, Node>

  constructor(routes: readonly (readonly [Pattern, Route])[]) {
    const named = new Set(routes.flatMap(([{ hosts }]) => hosts ?? []))
    this.#anyHost = treeOf(routes, null)
    this.#hosts = new Map([...named].map((host) => [host, treeOf(routes, host)]))
  }

  /**
   * The route whose path is the most specific: at each segment a name goes before `*`, and `*` before `**`. The path
   * alone settles it; a method that this route does not take is 405, never a reason to look for a laxer route.
   */
  match(target: Target): Route | Denial {
    const methods = this.#find(target)
    if (methods === undefined) return D.ROUTE_UNKNOWN
    return routeFor(methods, target.method) ?? D.METHOD_UNKNOWN
  }

  /** What the resource takes, for the Allow field (RFC 9110 §10.2.1). Empty where there is no resource. */
  allowed(target: Target): readonly string[] {
    const methods = this.#find(target)
    if (methods === undefined) return []
    const named = [...(methods.named?.keys() ?? [])]
    const all = methods.any === null ? named : [...new Set([...USUAL_METHODS, ...named])]
    if (all.includes('GET') && !all.includes('HEAD')) all.push('HEAD')
    return all
  }

  #find({ authority, normalPath }: Target): Methods | undefined {
    return find(this.#treeOf(authority), segmentsOf(literally(normalPath)), 0)
  }

  #treeOf(authority: string): Node {
    if (this.#hosts.size === 0) return this.#anyHost
    return this.#hosts.get(authority) ?? this.#hosts.get(withoutPort(authority)) ?? this.#anyHost
  }
}

/** The routes of one path. */
interface Methods {
  /** Of all methods but those that are named; null: none. */
  any: Route | null
  named: Map<string, Route> | null
}

/** What a request comes by is reached in few steps: with many routes each of them is one that the processor has to wait for. */
interface Node {
  /** Null: none. */
  names: Map<string, Node> | null
  one: Node | null
  /** Routes that end here. */
  exact: Methods | null
  /** Routes that end in `**` here. */
  rest: Methods | null
}

function newNode(): Node {
  return { names: null, one: null, exact: null, rest: null }
}

/**
 * The routes that hold for a host. At one and the same path the more exact takes the place of the less: a route that
 * names the host goes before one that names none, and `host:port` before `host`. It takes the whole place, so a method that
 * it does not have is 405 there.
 */
function treeOf(routes: readonly (readonly [Pattern, Route])[], host: string | null): Node {
  const tree = newNode()
  const name = host === null ? null : withoutPort(host)
  const classes = [
    routes.filter(([{ hosts }]) => hosts === null),
    routes.filter(([{ hosts }]) => name !== null && name !== host && hosts?.includes(name)),
    routes.filter(([{ hosts }]) => host !== null && hosts?.includes(host)),
  ]
  for (const same of classes) {
    const own = new Set<Methods>()
    for (const [pattern, route] of same) insert(tree, pattern, route, own)
  }
  return tree
}

/** `own`: the tables of the class that is being inserted; a table of a less exact class is replaced. */
function insert(tree: Node, pattern: Pattern, route: Route, own: Set<Methods>): void {
  let node = tree
  const segments = segmentsOf(pattern.path).map((each) => (NAMED.test(each) ? ONE : routingForm(each)))
  const open = segments.at(-1) === '**'
  for (const segment of open ? segments.slice(0, -1) : segments) node = child(node, segment)
  if (open) node.rest = withRoute(node.rest, pattern, route, own)
  else node.exact = withRoute(node.exact, pattern, route, own)
}

function child(node: Node, segment: string): Node {
  if (segment === ONE) {
    node.one ??= newNode()
    return node.one
  }
  node.names ??= new Map()
  const known = node.names.get(segment)
  if (known !== undefined) return known
  const fresh = newNode()
  node.names.set(segment, fresh)
  return fresh
}

function withRoute(methods: Methods | null, pattern: Pattern, route: Route, own: Set<Methods>): Methods {
  const all = methods !== null && own.has(methods) ? methods : { any: null, named: null }
  own.add(all)
  if (pattern.methods === null) all.any = route
  else {
    all.named ??= new Map()
    for (const method of pattern.methods) all.named.set(method, route)
  }
  return all
}

function find(node: Node, segments: readonly string[], at: number): Methods | undefined {
  if (at === segments.length) return node.exact ?? node.rest ?? undefined
  const segment = segments[at] as string
  const named = node.names?.get(segment)
  const found = named === undefined ? undefined : find(named, segments, at + 1)
  if (found !== undefined) return found
  const any = node.one === null || segment === '' ? undefined : find(node.one, segments, at + 1)
  return any ?? node.rest ?? undefined
}

/** GET implies HEAD (RFC 9110 §9.3.2). */
function routeFor({ any, named }: Methods, method: string): Route | undefined {
  const route = named?.get(method) ?? (method === 'HEAD' ? named?.get('GET') : undefined)
  return route ?? (METHOD.test(method) ? (any ?? undefined) : undefined)
}

/** `/a/b` is two segments, `/a/` is `a` and an empty one: a trailing slash counts. */
function segmentsOf(path: string): string[] {
  return path.slice(1).split('/')
}

/** As a pattern would write it: without parameters, since whether those are welcome is the route's to say, and `*` encoded, except where it is no path. */
function literally(path: string): string {
  const plain = path.includes(';') ? path.replace(/;[^/]*/g, '') : path
  return plain.includes('*', 1) ? plain.replaceAll('*', '%2A') : plain
}

const ONE = '*'
/**
 * What a route can be for (RFC 9110 §9.1). CONNECT and TRACE are never forwarded (§9.3.6, §9.3.8), nor is what differs from a method
 * in its case: there are upstreams that take `delete` for DELETE.
 */
export const METHOD = /^(?!(?:CONNECT|TRACE)$)[A-Z][A-Z0-9-]*$/
/** What `Allow` names of a resource, or a server, that takes every method (RFC 9110 §9.3, RFC 5789). */
export const USUAL_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
