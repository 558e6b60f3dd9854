import { Chunks } from '../../codec/chunks.ts'
import type { Holds } from '../../decision/decide-body.ts'
import { D } from '../../decision/denials.ts'
import type { RawRequest } from '../../decision/scan.ts'
import type { Denial } from '../../domain/denial.ts'
import type { HeldBody } from '../../domain/held-body.ts'
import { NOTHING_SHOWN } from '../../domain/peer-identity.ts'
import { parseRequestHead, type RequestHead } from '../../gateway/http1/request-head.ts'
import { RequestFault } from '../../gateway/request-fault.ts'
import { contentHasher } from '../../verify/content-digest/hasher.ts'

/** A request as it was written down, read as on the wire. */
export interface ReadRequest {
  readonly raw: RawRequest
  readonly body: Buffer
  readonly trailers: readonly string[]
  /** Why the body is not whole; null: it is. */
  readonly broken: Denial | null
}

/** The octets of the head, without the empty line that ends it, and those behind that. Lines of the head may end with LF alone. */
export function splitRequest(text: string): { readonly head: Buffer; readonly behind: Buffer } {
  const request = text.replace(/^\s+/, '')
  const end = /\r?\n\r?\n/.exec(request)
  const lines = end === null ? request.trimEnd() : request.slice(0, end.index)
  const behind = end === null ? '' : request.slice(end.index + end[0].length)
  return {
    head: Buffer.from(lines.replace(/\r?\n/g, '\r\n'), 'latin1'),
    behind: Buffer.from(behind, 'latin1'),
  }
}

/** What cannot be read is refused as it would be on the wire. */
export function readRequest(octets: Buffer, behind: Buffer): ReadRequest | RequestFault {
  const head = parseRequestHead(octets, NOTHING_SHOWN)
  return head instanceof RequestFault ? head : { raw: head.raw, ...readBody(head.framing, behind) }
}

/** The body as it would be held; or why it would not be. */
export function heldBody({ body, trailers, broken }: ReadRequest, holds: Holds): HeldBody | Denial {
  if (body.length > holds.limit) return D.BODY_TOO_LARGE
  if (broken !== null) return broken
  const hasher = contentHasher(holds.algorithms)
  hasher.add(body)
  return { blocks: [body], length: body.length, digests: hasher.digests(), trailers }
}

function readBody(framing: RequestHead['framing'], octets: Buffer): Omit<ReadRequest, 'raw'> {
  if (typeof framing === 'number') {
    const broken = octets.length < framing ? D.REQUEST_TIMEOUT : null
    return { body: octets.subarray(0, framing), trailers: [], broken }
  }
  const chunks = new Chunks()
  const parts: Buffer[] = []
  const isRead = chunks.read(octets, (part) => void parts.push(part)) !== undefined
  const broken = chunks.isWhole ? null : isRead ? D.REQUEST_TIMEOUT : D.FRAMING_BROKEN
  return { body: Buffer.concat(parts), trailers: chunks.trailers, broken }
}
