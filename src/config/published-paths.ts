import { isAmong } from '../codec/authority.ts'

/** RFC 9728 §3. */
export const WELL_KNOWN = '/.well-known/oauth-protected-resource'

/** What a path pattern begins with, up to its first wildcard; '' for the root. */
export function literalPrefix(pattern: string): string {
  const segments = pattern.split('/').slice(1)
  const first = segments.findIndex(isWildcard)
  const literal = (first < 0 ? segments : segments.slice(0, first)).join('/')
  return literal === '' ? '' : `/${literal}`
}

/** Whether a path pattern takes this path. */
export function takes(pattern: string, path: string): boolean {
  const wanted = pattern.split('/').slice(1)
  const given = path.split('/').slice(1)
  const open = wanted.at(-1) === '**'
  const fixed = open ? wanted.slice(0, -1) : wanted
  if (open ? given.length < fixed.length : given.length !== fixed.length) return false
  return fixed.every((segment, at) => segment === given[at] || (isWildcard(segment) && given[at] !== ''))
}

/** Whether a pattern begins with a wildcard: who writes it means whatever is not named more exactly. */
export function isCatchAll(pattern: string): boolean {
  return isWildcard(pattern.split('/')[1] as string)
}

/** Whether a route for these hosts is one for this authority; null: all. */
export function appliesTo(hosts: readonly string[] | null, authority: string): boolean {
  return hosts === null || isAmong(authority, hosts)
}

function isWildcard(segment: string): boolean {
  return segment === '*' || segment === '**' || segment.startsWith('{')
}
