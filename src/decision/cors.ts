import { fieldValue } from '../codec/field-scan.ts'
import { type Denial, isDenial } from '../domain/denial.ts'
import type { RequestFacts } from '../domain/request-facts.ts'
import { D } from './denials.ts'
import type { Route } from './route.ts'
import type { Router } from './router.ts'

/** Which scripts of other origins may call a route, and what of its answers they may read (FETCH §3.3). */
export interface CorsRules {
  /** Null: those of every origin, on public routes alone. */
  readonly origins: ReadonlySet<string> | null
  /** Values of `Access-Control-Allow-Headers` and `Access-Control-Expose-Headers`. */
  readonly allowedFields: string
  readonly exposedFields: string
  /** Seconds that a browser may remember the answer to a preflight. */
  readonly maxAge: number
}

export interface Preflight {
  /** The route that the request to come would take. */
  readonly route: Route
  /** Of the answer; flat. */
  readonly fields: readonly string[]
}

/**
 * What a browser asks before it lets a script send its request: it has no credentials, so it is answered before any are
 * asked for. Null where it is no preflight, or one to a route that has no rules for scripts.
 */
export function answerPreflight(facts: RequestFacts, router: Router): Preflight | Denial | null {
  if (facts.method !== 'OPTIONS') return null
  const method = fieldValue(facts.fields, 'access-control-request-method')
  if (method === null || fieldValue(facts.fields, 'origin') === null) return null
  const route = router.match({ ...facts, method })
  if (isDenial(route) || route.cors === null) return null
  const allowed = corsFields(facts, route)
  if (!allowed.includes(ALLOW_ORIGIN)) return D.CORS_ORIGIN
  const { allowedFields, maxAge } = route.cors
  const asked = [
    'access-control-allow-methods',
    method,
    'access-control-allow-headers',
    allowedFields,
    'access-control-max-age',
    String(maxAge),
  ]
  return { route, fields: [...allowed, ...asked] }
}

/**
 * The fields by which a browser lets a script read the answer, refusals and their challenges too. Credentials of the
 * browser's own (cookies, client certificates) are never allowed: what a script sends, it proves.
 */
export function corsFields({ fields }: RequestFacts, { cors }: Route): string[] {
  if (cors === null) return []
  const expose = ['access-control-expose-headers', cors.exposedFields]
  if (cors.origins === null) return [ALLOW_ORIGIN, '*', ...expose]
  const origin = fieldValue(fields, 'origin')
  // Whether it is one of them or not, a cache must not give the answer to another origin.
  if (origin === null || !cors.origins.has(origin)) return ['vary', 'Origin']
  return ['vary', 'Origin', ALLOW_ORIGIN, origin, ...expose]
}

const ALLOW_ORIGIN = 'access-control-allow-origin'
