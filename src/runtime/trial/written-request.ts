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

/** What cannot be read is refused as it would be on the wire. Lines of the head may end with LF alone. */
export function readRequest(text: string): ReadRequest | Denial {
  const request = text.replace(/^\s+/, '')
  const end = /\r?\n\r?\n/.exec(request)
  const lines = (end === null ? request : request.slice(0, end.index)).trimEnd().replace(/\r?\n/g, '\r\n')
  const head = parseRequestHead(Buffer.from(lines, 'latin1'), NOTHING_SHOWN)
  if (head instanceof RequestFault) return head.denial
  const octets = Buffer.from(end === null ? '' : request.slice(end.index + end[0].length), 'latin1')
  return { raw: head.raw, ...readBody(head.framing, octets) }
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
