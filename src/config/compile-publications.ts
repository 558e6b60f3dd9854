import type { JsonObject } from '../codec/json.ts'
import type { Publication } from '../decision/publication.ts'
import { resourceMetadata, type Surroundings } from '../decision/resource-metadata.ts'
import { BARE_ROUTE, type Demands, type Route } from '../decision/route.ts'
import type { Pattern } from '../decision/router.ts'
import { signedJwt } from '../verify/jose/signed-jwt.ts'
import type { CompilePorts } from './compile.ts'
import type { Document, ListenerDocument } from './document.ts'
import { appliesTo, literalPrefix, WELL_KNOWN } from './published-paths.ts'

type RouteEntry = readonly [Pattern, Route]

/**
 * The routes, each knowing where the metadata of its resource is, and before them routes of our own that answer with our
 * keys and with that metadata (RFC 9728). That none of these takes the place of another is checked in the file.
 */
export function withPublications(
  routes: readonly RouteEntry[],
  document: Document,
  ports: CompilePorts,
): readonly RouteEntry[] {
  const ours: RouteEntry[] = []
  const places = new Map<Route, Map<string, string>>()
  for (const [origin, listeners] of byOrigin(document)) {
    const authority = origin.slice('https://'.length)
    const jwksPath = listeners.find(({ jwks_path: path }) => path !== undefined)?.jwks_path
    if (jwksPath !== undefined) ours.push(publicationRoute(authority, jwksPath, keySet(ports), ports))
    const speaking = listeners.find(({ resource_metadata: { publish } }) => publish)
    if (speaking === undefined) continue
    const resources = resourcesOf(routes.filter(([pattern]) => appliesTo(pattern.hosts, authority)))
    const asksForCertificates = listeners.some(({ tls }) => tls.client_certificate !== 'none')
    const jwksUri = jwksPath === undefined ? {} : { jwks_uri: origin + jwksPath }
    const described = describe(resources, { authority, asksForCertificates })
    for (const { path, members, of } of described) {
      const about = { resource: origin + path, ...members, ...jwksUri, ...saidBy(speaking) }
      const signs = speaking.resource_metadata.signed
      ours.push(
        publicationRoute(authority, WELL_KNOWN + path, metadata(about, authority, signs, ports), ports),
      )
      for (const route of of) {
        const known = places.get(route) ?? new Map<string, string>()
        places.set(route, known.set(origin, origin + WELL_KNOWN + path))
      }
    }
  }
  return [...ours, ...routes.map(([pattern, route]) => [pattern, withPlaces(route, places)] as const)]
}

interface Resource {
  readonly path: string
  readonly routes: readonly Route[]
}

interface Described {
  readonly path: string
  readonly members: JsonObject
  /** The routes whose challenges name it. */
  readonly of: readonly Route[]
}

/** The origin as a whole, and every path below it whose routes demand anything else; what a client asks to be granted makes no difference. */
function describe(resources: readonly Resource[], surroundings: Surroundings): readonly Described[] {
  const all = resources.flatMap(({ routes }) => routes)
  if (all.length === 0) return []
  const membersOf = (routes: readonly Route[]) =>
    resourceMetadata(
      routes.map(({ demands }) => demands as Demands),
      surroundings,
    )
  const whole = membersOf(all)
  const own = resources
    .filter(({ path }) => path !== '')
    .map(({ path, routes }) => ({ path, members: membersOf(routes), of: routes }))
    .filter(({ members }) => besidesGrants(members) !== besidesGrants(whole))
  const rest = all.filter((route) => !own.some(({ of }) => of.includes(route)))
  return [{ path: '', members: whole, of: rest }, ...own]
}

function besidesGrants({
  scopes_supported: _,
  authorization_details_types_supported: __,
  ...others
}: JsonObject): string {
  return JSON.stringify(others)
}

/** The protected routes by what their paths begin with, up to the first wildcard. */
function resourcesOf(routes: readonly RouteEntry[]): readonly Resource[] {
  const resources = new Map<string, Route[]>()
  for (const [{ path }, route] of routes) {
    if (route.demands === null) continue
    const prefix = literalPrefix(path)
    const others = resources.get(prefix)
    if (others === undefined) resources.set(prefix, [route])
    else others.push(route)
  }
  return [...resources].map(([path, same]) => ({ path, routes: same }))
}

function byOrigin({ listeners }: Document): ReadonlyMap<string, readonly ListenerDocument[]> {
  const origins = new Map<string, ListenerDocument[]>()
  for (const listener of listeners) {
    for (const origin of listener.public_origin)
      origins.set(origin, [...(origins.get(origin) ?? []), listener])
  }
  return origins
}

function saidBy({ resource_metadata: said }: ListenerDocument): JsonObject {
  const { publish: _, signed: __, ...members } = said
  return members
}

function keySet({ jwks }: CompilePorts): Publication {
  const text = JSON.stringify(jwks)
  return { type: 'application/jwk-set+json', maxAge: MAX_AGE, text: () => text }
}

function metadata(about: JsonObject, authority: string, signs: boolean, ports: CompilePorts): Publication {
  const signers = ports.signers(null)
  const plain = JSON.stringify(about)
  return {
    type: 'application/json',
    maxAge: MAX_AGE,
    text: (now) => {
      if (!signs) return plain
      const signer = signers.current(authority, now)
      if (signer === undefined) return undefined
      const jwt = signedJwt(signer, 'JWT', { ...about, iss: about['resource'], iat: now })
      const whole = (signed: string) => JSON.stringify({ ...about, signed_metadata: signed })
      return typeof jwt === 'string' ? whole(jwt) : jwt.then(whole)
    },
  }
}

function publicationRoute(
  authority: string,
  path: string,
  publication: Publication,
  ports: CompilePorts,
): RouteEntry {
  const pattern: Pattern = { path, hosts: [authority], methods: ['GET'] }
  const id = `GET ${path}`
  return [pattern, { ...BARE_ROUTE, bodyLimit: 0, id, counts: ports.counts(id), publication }]
}

function withPlaces(route: Route, places: ReadonlyMap<Route, ReadonlyMap<string, string>>): Route {
  const known = places.get(route)
  return known === undefined ? route : { ...route, metadata: known }
}

/** Seconds: shorter than any sensible overlap of keys. */
const MAX_AGE = 300
