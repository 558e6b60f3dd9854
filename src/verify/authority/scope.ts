import type { AccessToken } from '../access-token/token.ts'
import { D } from './denials.ts'
import type { Objection, Rule } from './rule.ts'

/** All of the scopes must be granted, each compared as it stands (RFC 6749 §3.3: case-sensitive). */
export function scopesGranted(wanted: readonly string[], name = 'scope'): Rule {
  return {
    name,
    cite: 'RFC 6750 §3.1',
    check: ({ token }) => {
      const missing = wanted.filter((scope) => !token.scopes.has(scope))
      return missing.length === 0 ? undefined : objection(token, `missing ${missing.join(' ')}`, wanted)
    },
    checkBody: null,
    values: ({ token }) => ({ came: granted(token), wanted: wanted.join(' ') }),
  }
}

/** One of the scopes must be granted. A client that has none is told the first, as it should not ask for more than it needs. */
export function scopeAnyGranted(wanted: readonly string[], name = 'scope_any'): Rule {
  return {
    name,
    cite: 'RFC 6750 §3.1',
    check: ({ token }) =>
      wanted.some((scope) => token.scopes.has(scope))
        ? undefined
        : objection(token, `none of ${wanted.join(' ')}`, wanted.slice(0, 1)),
    checkBody: null,
    values: ({ token }) => ({ came: granted(token), wanted: wanted.join(' or ') }),
  }
}

function granted({ scopes }: AccessToken): string {
  return [...scopes].join(' ') || 'no scope'
}

/** Where none is found, not what is missing but what was misread is the reason. */
function objection(token: AccessToken, lacks: string, scopes: readonly string[]): Objection {
  const detail = token.misreadScope ?? lacks
  return { denial: D.SCOPE_INSUFFICIENT, detail, challenge: { scope: scopes.join(' ') } }
}
