import { NO_PARAMETERS, type PathParameters } from '../verify/authority/rule.ts'

/** A segment of a route's path that has a name, `{accountId}`, and how many segments go before it. */
export interface NamedSegment {
  readonly name: string
  readonly index: number
}

/** The named segments of a path pattern. */
export function namedSegments(pattern: string): readonly NamedSegment[] {
  if (!pattern.includes('{')) return UNNAMED
  return pattern.split('/').flatMap((segment, at) => {
    const name = NAMED.exec(segment)?.[1]
    return name === undefined ? [] : [{ name, index: at - 1 }]
  })
}

/**
 * Their values, as the upstream will read them: decoded once. Undefined where it might read another: what is no UTF-8,
 * what decodes further, and what has `;` parameters.
 */
export function readPathParameters(
  named: readonly NamedSegment[],
  normalPath: string,
): PathParameters | undefined {
  if (named.length === 0) return NO_PARAMETERS
  const segments = normalPath.slice(1).split('/')
  const values = new Map<string, string>()
  for (const { name, index } of named) {
    const value = decode(segments[index] ?? '')
    if (value === undefined) return undefined
    values.set(name, value)
  }
  return values
}

function decode(segment: string): string | undefined {
  if (!segment.includes('%')) return segment.includes(';') ? undefined : segment
  if (AMBIGUOUS.test(segment)) return undefined
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}

/** One for all, so that routes without any have no list each. */
const UNNAMED: readonly NamedSegment[] = []
/** A whole segment of a pattern. */
export const NAMED = /^\{([A-Za-z][A-Za-z0-9_]{0,63})\}$/
/** `%25` would decode again, and `;` ends the value for some. */
const AMBIGUOUS = /;|%25/
