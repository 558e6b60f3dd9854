import { createServer, type IncomingMessage } from 'node:http'
import { duplexPair } from 'node:stream'
import type { Holds } from '../decision/decide-body.ts'
import { D } from '../decision/denials.ts'
import { rawRequest } from '../decision/node-request.ts'
import type { RawRequest } from '../decision/scan.ts'
import type { Denial } from '../domain/denial.ts'
import type { HeldBody } from '../domain/held-body.ts'
import { denialOf } from '../gateway/parse-fault.ts'
import { contentHasher } from '../verify/content-digest/hasher.ts'

/** A request as it was written down, read by Node's parser as on the wire. */
export interface ReadRequest {
  readonly raw: RawRequest
  readonly body: Buffer
  readonly trailers: readonly string[]
  /** Why the body is not whole; null: it is. */
  readonly broken: Denial | null
}

/** What the parser cannot read is refused as it would be on the wire. Lines of the head may end with LF alone. */
export function readRequest(text: string): Promise<ReadRequest | Denial> {
  const server = createServer({ requireHostHeader: false, maxHeaderSize: text.length + 1024 })
  server.maxHeadersCount = 0
  const [near, far] = duplexPair()
  return new Promise<ReadRequest | Denial>((resolve) => {
    let fault: Denial | null = null
    let hasHead = false
    for (const event of ['request', 'checkContinue', 'checkExpectation', 'upgrade'])
      server.on(event, async (request: IncomingMessage) => {
        hasHead = true
        const { isWhole, ...read } = await readWhole(request)
        resolve({ ...read, broken: isWhole ? null : (fault ?? D.REQUEST_TIMEOUT) })
      })
    server.on('connect', () => resolve(D.METHOD_UNKNOWN))
    server.on('clientError', (error: NodeJS.ErrnoException) => {
      fault = denialOf(error.code ?? '')
      // The head of a request is judged before its body is read.
      if (!hasHead) resolve(fault)
      else far.destroy()
    })
    server.emit('connection', far)
    near.on('error', () => {})
    near.end(asOnTheWire(text), 'latin1')
  }).finally(() => near.destroy())
}

/** The body as it would be held; or why it would not be. */
export function heldBody({ body, trailers, broken }: ReadRequest, holds: Holds): HeldBody | Denial {
  if (body.length > holds.limit) return D.BODY_TOO_LARGE
  if (broken !== null) return broken
  const hasher = contentHasher(holds.algorithms)
  hasher.add(body)
  return { blocks: [body], length: body.length, digests: hasher.digests(), trailers }
}

async function readWhole(request: IncomingMessage) {
  const raw = rawRequest(request, null)
  const parts: Buffer[] = []
  const isWhole = await new Promise<boolean>((resolve) => {
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => resolve(true))
    request.on('error', () => {})
    request.on('close', () => resolve(false))
  })
  return { raw, body: Buffer.concat(parts), trailers: request.rawTrailers, isWhole }
}

/** With CRLF at the ends of the lines of its head, and an empty line after it; what follows is as it stands there. */
function asOnTheWire(text: string): string {
  const request = text.replace(/^\s+/, '')
  const end = /\r?\n\r?\n/.exec(request)
  const head = end === null ? request : request.slice(0, end.index)
  const body = end === null ? '' : request.slice(end.index + end[0].length)
  return `${head.trimEnd().replace(/\r?\n/g, '\r\n')}\r\n\r\n${body}`
}
