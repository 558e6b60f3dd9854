import { normalAuthority, type WebScheme } from './authority.ts'
import { octetOf, percentDecoded, TRIPLET } from './percent.ts'

/** Why a path cannot be judged: another parser could read another resource out of it. */
export type PathProblem = 'ambiguous' | 'malformed'

/** A path that every parser reads alike, in its normal form. */
export interface PlainPath {
  /** What routes are matched on. */
  readonly normal: string
  /** Whether it carries `;` path parameters (RFC 3986 §3.3), which servers cut off or keep as they like. */
  readonly hasParameters: boolean
}

/**
 * Judges a raw request path. Refused as ambiguous: dot segments and empty segments, plain or encoded; what ends a segment or the path
 * for who decodes too early, encoded (`/ \ ; ? #`), and control characters; what is encoded twice; escapes that are no UTF-8, of which
 * some read dots and slashes (`%c0%ae`). Refused as malformed: what RFC 3986 §3.3 does not allow.
 */
export function readPath(raw: string): PlainPath | PathProblem {
  if (PLAIN.test(raw)) return { normal: raw, hasParameters: false }
  if (!LEGAL.test(raw)) return 'malformed'
  const normal = routingForm(raw)
  // Asked of the normal form: decoding can bring together what was written apart (`%25%32%65` is `%252e`).
  if (ENCODED_TRICK.test(normal)) return 'ambiguous'
  if (normal.includes('%') && !isUtf8(normal)) return 'ambiguous'
  if (EMPTY_SEGMENT.test(normal) || DOT_SEGMENT.test(normal)) return 'ambiguous'
  return { normal, hasParameters: normal.includes(';') }
}

/** A query may hold any visible ASCII character but `#`; browsers do send more than RFC 3986 §3.4 lists. */
export function isQuery(raw: string): boolean {
  return QUERY.test(raw)
}

/** A target or a host that was refused, as it may be told: a query, a fragment and what stands before an `@` can be secrets. */
export function withoutSecrets(text: string): string {
  return (text.split(/[?#]/, 1)[0] as string).replace(/^([a-z][a-z0-9+.-]*:\/\/)?[^/]*@/i, '$1***@')
}

/**
 * Whether a DPoP proof's `htu` names the target: equal after the normalisation of RFC 3986 §6.2.2 and §6.2.3, query and
 * fragment of `htu` ignored (RFC 9449 §4.3(9)). `target` has neither and is in normal form but for its path.
 */
export function sameTarget(htu: string, target: string): boolean {
  if (htu === target) return true
  const left = normalTarget(htu)
  return left !== undefined && left === normalTarget(target)
}

/** Which parts of `htu` are not those of the target, for whoever has to find out why a proof was refused. */
export function differingParts(htu: string, target: string): readonly string[] {
  const left = partsOf(normalTarget(htu))
  const right = partsOf(normalTarget(target))
  if (left === undefined || right === undefined) return ['not an absolute http(s) URI']
  return (['scheme', 'host', 'port', 'path'] as const).filter((_, index) => left[index] !== right[index])
}

/** Scheme, host, port (that of the scheme where it says none) and path. */
function partsOf(normal: string | undefined): readonly string[] | undefined {
  const parts = normal === undefined ? null : NORMAL.exec(normal)
  if (parts === null) return undefined
  const [, scheme, host, port, path] = parts as unknown as [
    string,
    string,
    string,
    string | undefined,
    string,
  ]
  return [scheme, host, port ?? (scheme === 'https' ? '443' : '80'), path]
}

/** `scheme://authority/path` in normal form; undefined where the text is no absolute http(s) URI without userinfo. */
export function normalTarget(uri: string): string | undefined {
  const parts = ABSOLUTE.exec(uri)
  if (parts === null) return undefined
  const scheme = (parts[1] as string).toLowerCase() as WebScheme
  const authority = normalAuthority(parts[2] as string, scheme)
  const path = parts[3] as string
  if (authority === undefined || !(path === '' || LEGAL.test(path))) return undefined
  return `${scheme}://${authority}${withoutDotSegments(normalPercent(path === '' ? '/' : path))}`
}

/** Decodes what need not be encoded and writes the rest in upper case (RFC 3986 §6.2.2.1, §6.2.2.2). */
function normalPercent(path: string): string {
  if (!path.includes('%')) return path
  return path.replace(TRIPLET, (triplet) => {
    const character = octetOf(triplet)
    return UNRESERVED.test(character) ? character : triplet.toUpperCase()
  })
}

/**
 * The form that routes are matched on: as `normalPercent`, and with the delimiters decoded that have no meaning in a path
 * segment (RFC 3986 §3.3) and that upstreams decode, so that `/payments%3Acancel` meets the rules of `/payments:cancel`.
 * `;` has one, and `*` stands for something in patterns; both stay.
 */
export function routingForm(path: string): string {
  const normal = normalPercent(path)
  if (!normal.includes('%')) return normal
  return percentDecoded(normal, DELIMITER)
}

function isUtf8(path: string): boolean {
  try {
    decodeURIComponent(path)
    return true
  } catch {
    return false
  }
}

/** RFC 3986 §5.2.4. */
function withoutDotSegments(path: string): string {
  if (!DOT_SEGMENT.test(path)) return path
  const kept: string[] = []
  const segments = path.split('/').slice(1)
  segments.forEach((segment, index) => {
    if (segment === '..') kept.pop()
    if (segment !== '.' && segment !== '..') kept.push(segment)
    else if (index === segments.length - 1) kept.push('')
  })
  return `/${kept.join('/')}`
}

/** The common case, settled at once: no dots, escapes, parameters or empty segments. */
const PLAIN = /^(?:\/[A-Za-z0-9\-_~]+)+\/?$|^\/$/
const LEGAL = /^\/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*$/
/**
 * Servers in front of others decode a path and write it anew, some with less encoded than it was: `/admin%3Bx`, `/admin%3Fx`
 * (CVE-2024-38474) and `/%2561dmin` arrive as `/admin`.
 */
const ENCODED_TRICK = /%(?:2F|5C|3B|3F|23|[01][0-9A-F]|7F|25[0-9A-Fa-f]{2})/
/** Also with parameters: who drops those has `//` before him. The last may be empty. */
const EMPTY_SEGMENT = /\/(?:;[^/]*)?\//
const DOT_SEGMENT = /\/\.{1,2}(?:[/;]|$)/
/** `! $ & ' ( ) + , : = @` */
const DELIMITER = /%(?:2[146-9BC]|3[AD]|40)/g
const UNRESERVED = /[A-Za-z0-9\-._~]/
const QUERY = /^[\x21\x22\x24-\x7e]*$/
const NORMAL = /^(https?):\/\/(\[[^\]]*\]|[^/:]*)(?::([0-9]+))?(\/.*)$/
const ABSOLUTE = /^(https?):\/\/([^/?#]*)([^?#]*)/i
