import { normalAuthority } from '../codec/authority.ts'
import { connectionOptions, LENGTH, type ScannedFields, scanFields } from '../codec/field-scan.ts'
import { ownText } from '../codec/own-text.ts'
import { isQuery, readPath } from '../codec/target-uri.ts'
import { type Denial, isDenial } from '../domain/denial.ts'
import type { Shown } from '../domain/peer-identity.ts'
import type { RequestFacts } from '../domain/request-facts.ts'
import { isProtectedField } from '../domain/trusted-fields.ts'
import { D } from './denials.ts'

/** A request as a listener has it: nothing joined, nothing decoded. */
export interface RawRequest extends Shown {
  readonly version: '1.0' | '1.1' | '2'
  readonly method: string
  /** The request target (RFC 9112 §3.2), or `:path`. */
  readonly target: string
  /** `:authority`; null in HTTP/1. */
  readonly authority: string | null
  /** Flat: name, value, name, value; without pseudo-header fields. */
  readonly fields: readonly string[]
  /** HTTP/2: whether DATA frames may follow. HTTP/1 says it by its fields. */
  readonly mayHaveBody: boolean
}

/** An https origin that requests may be for, and its authority in normal form. */
export interface PublicOrigin {
  readonly origin: string
  readonly authority: string
}

/** What a listener accepts. */
export interface ListenerRules {
  /** By their authority in normal form. */
  readonly origins: ReadonlyMap<string, PublicOrigin>
  /** Fields that a request may have. */
  readonly fieldCount: number
  /** Octets, where the route does not say. */
  readonly bodyLimit: number
}

/**
 * Turns what came into facts that every later step may rely on, or refuses it: what two servers could read in two ways
 * is not repaired but turned away (RFC 9112 §11.2), because the decision must be about what the upstream will see.
 */
export function scan(raw: RawRequest, rules: ListenerRules): RequestFacts | Denial {
  if (raw.fields.length > 2 * rules.fieldCount) return D.FIELDS_TOO_MANY
  const fields = scanFields(raw.fields)
  const absolute = raw.target.startsWith('/') ? null : ABSOLUTE_FORM.exec(raw.target)
  const origin = readOrigin(raw, fields, absolute, rules)
  if (isDenial(origin)) return origin
  if (fields.unsafeName !== null) return D.FIELD_NAME
  if (fields.repeated !== null) return D.FIELD_DUPLICATED
  if (fields.connection !== null && namesProtectedField(fields.connection)) return D.FIELD_CONNECTION
  if (fields.expect !== null && !isKnownExpectation(fields.expect)) return D.EXPECTATION_UNKNOWN
  const body = readBody(raw, fields)
  if (isDenial(body)) return body
  const target = splitTarget(raw, absolute)
  if (target === undefined) return D.TARGET_MALFORMED
  const path = target.path === '*' ? ASTERISK : readPath(target.path)
  if (path === 'ambiguous') return D.PATH_AMBIGUOUS
  if (path === 'malformed' || !(target.query === null || isQuery(target.query))) return D.PATH_MALFORMED
  return {
    method: raw.method,
    origin: origin.origin,
    authority: origin.authority,
    targetUri: origin.origin + target.path,
    path: target.path,
    normalPath: path.normal,
    hasPathParameters: path.hasParameters,
    query: target.query,
    requestTarget: raw.target,
    fields: raw.fields,
    authorization: fields.authorization,
    dpop: fields.dpop,
    signatureInput: fields.signatureInput,
    signature: fields.signature,
    repeatedCredential: fields.repeatedCredential,
    interactionId: fields.interactionId,
    isEarly: fields.earlyData !== null,
    via: fields.via,
    hasBody: body.hasBody,
    contentLength: body.contentLength,
    bodyLimit: rules.bodyLimit,
    peer: raw.peer,
    peerRejected: raw.peerRejected,
  }
}

/** RFC 9112 §3.2, RFC 9113 §8.3.1: one well-formed authority, and wherever it is said twice it is the same one. */
function readOrigin(
  raw: RawRequest,
  fields: ScannedFields,
  absolute: RegExpExecArray | null,
  rules: ListenerRules,
): PublicOrigin | Denial {
  if (fields.repeated === 'host') return D.HOST_MALFORMED
  // Nearly all say it once, and in its normal form.
  const said = raw.authority ?? fields.host
  const isSaidOnce = absolute === null && (raw.authority === null || fields.host === null)
  const known = isSaidOnce && said !== null ? rules.origins.get(said) : undefined
  if (known !== undefined) return known
  const named: (string | undefined)[] = []
  if (raw.authority !== null) named.push(hostOf(raw.authority))
  if (fields.host !== null) named.push(hostOf(fields.host))
  if (absolute !== null) {
    if ((absolute[1] as string).toLowerCase() !== 'https') return D.TARGET_MALFORMED
    named.push(hostOf(absolute[2] as string))
    // RFC 9112 §3.2.2: the absolute form does not excuse the Host field.
    if (fields.host === null) return D.HOST_MALFORMED
  }
  const authority = named[0]
  if (authority === undefined || named.some((each) => each !== authority)) return D.HOST_MALFORMED
  return rules.origins.get(authority) ?? D.HOST_FOREIGN
}

/** The origins of a listener, which are in normal form, as `ListenerRules` has them. */
export function originsOf(publicOrigins: readonly string[]): ListenerRules['origins'] {
  const all = publicOrigins.map((origin) => ({ origin, authority: ownText(origin.slice('https://'.length)) }))
  return new Map(all.map((each) => [each.authority, each]))
}

/** RFC 9110 §7.2 writes hosts in ASCII; the wire's other octets must not be taken for an internationalised name. */
function hostOf(text: string): string | undefined {
  return ASCII.test(text) ? normalAuthority(text, 'https') : undefined
}

/** RFC 9112 §6: a length that is said in one way, or no body. HTTP/2 frames bodies itself (RFC 9113 §8.1.1). */
function readBody(
  raw: RawRequest,
  fields: ScannedFields,
): { readonly hasBody: boolean; readonly contentLength: number | null } | Denial {
  const { contentLength, transferEncoding } = fields
  if (contentLength !== null && !LENGTH.test(contentLength)) return D.FRAMING_BROKEN
  const length = contentLength === null ? null : Number(contentLength)
  if (raw.version === '2') {
    if (transferEncoding !== null) return D.FRAMING_BROKEN
    return raw.mayHaveBody
      ? { hasBody: length !== 0, contentLength: length }
      : { hasBody: false, contentLength: 0 }
  }
  if (transferEncoding === null) return { hasBody: length !== null && length > 0, contentLength: length ?? 0 }
  const plain = transferEncoding.toLowerCase() === 'chunked'
  if (!plain || length !== null || raw.version === '1.0') return D.FRAMING_BROKEN
  return { hasBody: true, contentLength: null }
}

/** RFC 9110 §10.1.1: there is but one, and its case does not matter. */
function isKnownExpectation(expectation: string): boolean {
  return expectation.toLowerCase() === '100-continue'
}

/** RFC 9112 §3.2: origin-form, absolute-form stripped to it, or the asterisk of OPTIONS. */
function splitTarget(
  { target: raw, method }: RawRequest,
  absolute: RegExpExecArray | null,
): { readonly path: string; readonly query: string | null } | undefined {
  const target = absolute === null ? raw : raw.slice(absolute[0].length)
  const mark = target.indexOf('?')
  const path = mark < 0 ? target : target.slice(0, mark)
  const query = mark < 0 ? null : target.slice(mark + 1)
  if (path === '' && absolute !== null) return { path: '/', query }
  if (raw === '*') return method === 'OPTIONS' ? { path: '*', query } : undefined
  return path.startsWith('/') ? { path, query } : undefined
}

/** RFC 9110 §7.6.1 lets a client have a hop drop fields; one that decides about the request is not the client's to drop. */
function namesProtectedField(connection: string): boolean {
  return connectionOptions(connection).some(isProtectedField)
}

const ASCII = /^[\x21-\x7e]+$/
const ASTERISK = { normal: '*', hasParameters: false }
/** RFC 9112 §3.2.2: the scheme, and the authority as it stands. */
export const ABSOLUTE_FORM = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/?#]*)/
