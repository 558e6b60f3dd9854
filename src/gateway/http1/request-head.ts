import { LENGTH } from '../../codec/field-scan.ts'
import { CLOSES, fieldNames, readHead } from '../../codec/head.ts'
import { D } from '../../decision/denials.ts'
import type { RawRequest } from '../../decision/scan.ts'
import type { Shown } from '../../domain/peer-identity.ts'
import { RequestFault } from '../request-fault.ts'

/** The head of a request over HTTP/1.1, and what it says of the octets behind it. */
export interface RequestHead {
  readonly raw: RawRequest
  /** Octets of the body; or it comes in chunks (RFC 9112 §6.3). */
  readonly framing: number | 'chunked'
  /** Whether another request may come behind this one (RFC 9112 §9.3). */
  readonly persists: boolean
  /** Whether the client waits to be told that it may send the body (RFC 9110 §10.1.1). */
  readonly expectsProceed: boolean
}

/** Whether some line of what has come of a head ends in LF alone (RFC 9112 §2.2). */
export function hasBareLf(octets: Buffer, from: number): boolean {
  for (let at = octets.indexOf(LF, from); at >= 0; at = octets.indexOf(LF, at + 1))
    if (octets[at - 1] !== CR) return true
  return false
}

/** Which part of a head has more than so many octets: its first line, that is the target in it (RFC 9112 §3), or the fields with it. */
export function tooLarge(octets: Buffer, limit: number): RequestFault {
  const end = octets.indexOf('\r\n')
  const denial = end < 0 || end > limit ? D.TARGET_TOO_LONG : D.FIELDS_TOO_LARGE
  return new RequestFault(`more than ${limit} octets`, denial)
}

/**
 * Parses a head, without the empty line that ends it. What is refused here leaves in doubt where the message ends (RFC 9112 §11.2), so
 * that nothing behind it can be read. What the fields mean beyond that is for `scan` to judge.
 */
export function parseRequestHead(octets: Buffer, { peer, peerRejected }: Shown): RequestHead | RequestFault {
  const head = readHead(octets, nameOf)
  if (head === undefined) return new RequestFault('the head is malformed')
  const { fields } = head
  const [, method, target, version] = REQUEST_LINE.exec(head.start) ?? []
  if (method === undefined || target === undefined) {
    return new RequestFault('the request line is malformed')
  }
  // RFC 9112 §2.3: another major version is another protocol.
  if (version !== '1.1' && version !== '1.0') return new RequestFault(`HTTP/${version}`)
  // RFC 9110 §9.3.6: no resource here takes it, and whoever sends it expects a tunnel behind.
  if (method === 'CONNECT') return new RequestFault('CONNECT', D.METHOD_UNKNOWN, fields)
  return framed({ version, method, target, authority: null, fields, mayHaveBody: true, peer, peerRejected })
}

function framed(raw: RawRequest): RequestHead | RequestFault {
  let length: string | null = null
  let coding: string | null = null
  // HTTP/1.0 kept connections open by a convention that intermediaries break (RFC 9112 §C.2.2).
  let persists = raw.version === '1.1'
  let expectsProceed = false
  for (let at = 0; at < raw.fields.length; at += 2) {
    const value = raw.fields[at + 1] as string
    switch (roleOf(raw.fields[at] as string)) {
      case 'content-length':
        if (length !== null || !LENGTH.test(value)) return broken('Content-Length is malformed', raw)
        length = value
        break
      case 'transfer-encoding':
        if (coding !== null || value.toLowerCase() !== 'chunked')
          return broken('Transfer-Encoding is not chunked', raw)
        coding = value
        break
      case 'connection':
        if (CLOSES.test(value)) persists = false
        break
      case 'expect':
        // RFC 9110 §10.1.1: HTTP/1.0 knows no interim answers.
        expectsProceed = raw.version === '1.1' && value.toLowerCase() === '100-continue'
    }
  }
  // RFC 9112 §6.1: HTTP/1.0 knows no codings, and both ways at once are how requests are smuggled.
  if (coding !== null && length !== null) return broken('Content-Length and Transfer-Encoding', raw)
  if (coding !== null && raw.version !== '1.1') return broken('Transfer-Encoding in HTTP/1.0', raw)
  return { raw, framing: coding === null ? Number(length ?? 0) : 'chunked', persists, expectsProceed }
}

function broken(detail: string, { fields, method }: RawRequest): RequestFault {
  return new RequestFault(detail, D.FRAMING_BROKEN, fields, method)
}

/** The names that say something of the message, whatever their case; only they are looked at. */
function roleOf(name: string): string | undefined {
  return LENGTHS.has(name.length) ? name.toLowerCase() : undefined
}

const CR = 0x0d
const LF = 0x0a
/** As they came: what is forwarded, and signed, is the client's own writing. */
const nameOf = fieldNames((name) => name)
/** RFC 9112 §3; the target in visible ASCII. */
const REQUEST_LINE = /^([A-Za-z0-9!#$%&'*+.^_`|~-]+) ([\x21-\x7e]+) HTTP\/([0-9]\.[0-9])$/
const LENGTHS: ReadonlySet<number> = new Set(
  ['content-length', 'transfer-encoding', 'connection', 'expect'].map(({ length }) => length),
)
