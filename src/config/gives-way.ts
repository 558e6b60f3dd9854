import type { Document, ListenerDocument, RouteDocument } from './document.ts'
import type { Notice } from './problem.ts'
import { appliesTo, isCatchAll, takes, WELL_KNOWN } from './published-paths.ts'

/** Where a route for whatever is not named more exactly leaves a path to what the gateway answers itself. */
export function* givesWay({ listeners, routes }: Document): Iterable<Notice> {
  for (const [index, route] of routes.entries()) {
    if (!isCatchAll(route.path)) continue
    const calling = listeners.filter((listener) => isCalledAt(route, listener))
    const ours = new Set(calling.flatMap((listener) => publishedBy(listener, routes)))
    const taken = [...ours].filter((path) => takes(route.path, path))
    if (taken.length === 0) continue
    yield { path: ['routes', index, 'path'], says: `the gateway itself answers ${taken.join(' and ')}` }
  }
}

function publishedBy(listener: ListenerDocument, routes: readonly RouteDocument[]): readonly string[] {
  const isProtected = routes.some((route) => isGuarded(route) && isCalledAt(route, listener))
  const metadata = listener.resource_metadata.publish && isProtected ? [WELL_KNOWN] : []
  return listener.jwks_path === undefined ? metadata : [...metadata, listener.jwks_path]
}

/** One that only watches is as open as one without `require`, and nothing is published of it. */
function isGuarded({ require, enforce }: RouteDocument): boolean {
  return require !== undefined && enforce !== 'shadow'
}

function isCalledAt({ hosts }: RouteDocument, { public_origin: origins }: ListenerDocument): boolean {
  return origins.some((origin) => appliesTo(hosts ?? null, origin.slice('https://'.length)))
}
