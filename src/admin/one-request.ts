import { STATUS_CODES } from 'node:http'
import { createServer, type Server, type Socket } from 'node:net'
import { fieldValue } from '../codec/field-scan.ts'
import { fieldNames, readHead } from '../codec/head.ts'

/** A request of which nothing but its head is read. */
export interface HeadOnly {
  readonly method: string
  /** Without its query. */
  readonly path: string
  readonly headers: { readonly host: string | undefined; readonly origin: string | undefined }
}

export interface OneRequestServer {
  readonly server: Server
  /** Ends what is open, too. */
  close(): Promise<void>
}

export interface WholeAnswer {
  readonly status: number
  readonly type: string
  readonly body: string
}

/**
 * A server for whoever may be anybody: one request on a connection, and of what comes not more than a head is looked at. `node:http` answers
 * as many as are sent at once, each with objects of its own, before it asks. Where too many connect, who came first goes first:
 * one that asks is answered within milliseconds, and one that waits keeps nobody out.
 */
export function oneRequestServer(answer: (head: HeadOnly) => Promise<WholeAnswer>): OneRequestServer {
  const open = new Set<Socket>()
  const server = createServer({ noDelay: true }, (socket) => {
    open.add(socket)
    const [oldest] = open
    if (open.size > CONNECTIONS) oldest?.destroy()
    const late = setTimeout(() => socket.destroy(), PATIENCE)
    socket.on('error', () => socket.destroy())
    socket.once('close', () => {
      clearTimeout(late)
      open.delete(socket)
    })
    readOne(socket, (head) => {
      const answered = head === undefined ? Promise.resolve(NO_REQUEST) : answer(head)
      const failed = (problem: unknown) => ({ status: 500, type: TEXT, body: `${String(problem)}\n` })
      void answered.catch(failed).then((whole) => socket.end(written(whole, head?.method === 'HEAD')))
    })
  })
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      for (const socket of open) socket.destroy()
    })
  return { server, close }
}

/** Calls back with the first request, undefined where there is none; what comes after its head is thrown away. */
function readOne(socket: Socket, callback: (head: HeadOnly | undefined) => void): void {
  let octets: Buffer = Buffer.alloc(0)
  let isRead = false
  socket.on('data', (chunk: Buffer) => {
    if (isRead) return
    octets = Buffer.concat([octets, chunk.subarray(0, LONGEST)])
    const end = octets.indexOf('\r\n\r\n')
    if (end < 0 && octets.length < LONGEST) return
    isRead = true
    callback(end < 0 ? undefined : headOf(octets.subarray(0, end)))
  })
}

function headOf(octets: Buffer): HeadOnly | undefined {
  const head = readHead(octets, NAMES)
  const [, method, path] = REQUEST.exec(head?.start ?? '') ?? []
  if (head === undefined || method === undefined || path === undefined) return undefined
  const field = (name: string) => fieldValue(head.fields, name) ?? undefined
  return { method, path, headers: { host: field('host'), origin: field('origin') } }
}

function written({ status, type, body }: WholeAnswer, isHead: boolean): string {
  const fields = [
    `content-type: ${type}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'cache-control: no-store',
    'x-content-type-options: nosniff',
    ...(status === 405 ? ['allow: GET, HEAD'] : []),
    'connection: close',
  ]
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${fields.join('\r\n')}\r\n\r\n${isHead ? '' : body}`
}

export const TEXT = 'text/plain; charset=utf-8'
const NO_REQUEST: WholeAnswer = { status: 400, type: TEXT, body: 'this is no request of HTTP/1.1\n' }
const NAMES = fieldNames((name) => name.toLowerCase())
const REQUEST = /^([A-Z]{1,20}) (\/[^ ?#]*)(?:\?[^ ]*)? HTTP\/1\.[01]$/
const CONNECTIONS = 64
/** Octets. */
const LONGEST = 16_384
/** Milliseconds from the first octet of a connection to the last of the answer. */
const PATIENCE = 5_000
