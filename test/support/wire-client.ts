import { readFileSync } from 'node:fs'
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2'
import { request as requestHttps } from 'node:https'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls'
import { type ClientCertificate, pkiFolder } from './wire-pki.ts'
import { HOST } from './wire-tokens.ts'
import { valuesOf } from './wire-upstream.ts'

export interface Call {
  readonly port: number
  readonly method?: string
  readonly path?: string
  /** Flat; `host` is added where it is not among them. */
  readonly fields?: readonly string[]
  readonly body?: string | Buffer
  readonly certificate?: ClientCertificate | undefined
  readonly version?: '1.1' | '2'
  /** Whom it comes from, over HTTP/1.1. */
  readonly localAddress?: string
}

export interface Answer {
  readonly status: number
  /** Flat and raw. */
  readonly fields: readonly string[]
  readonly body: string
  readonly all: (name: string) => string[]
  /** The member `code` of a problem body; undefined where the body is none. */
  readonly code: string | undefined
}

/** One request over a TLS connection of its own. */
export async function call(wire: Call): Promise<Answer> {
  return wire.version === '2' ? callHttp2(wire) : callHttp1(wire)
}

async function callHttp1(wire: Call) {
  const { port, method = 'GET', path = '/', fields = [], body, certificate, localAddress } = wire
  const host = valuesOf(fields, 'host').length > 0 ? [] : ['host', HOST]
  const length = body === undefined ? [] : ['content-length', String(Buffer.byteLength(body))]
  const framed =
    valuesOf(fields, 'content-length').length > 0 || valuesOf(fields, 'transfer-encoding').length > 0
  const { ca } = await trust()
  return new Promise<Answer>((resolve, reject) => {
    const outgoing = requestHttps({
      port,
      ca,
      ...certificate,
      host: '127.0.0.1',
      localAddress: localAddress ?? '127.0.0.1',
      servername: HOST,
      method,
      path,
      headers: [...host, ...fields, ...(framed ? [] : length)],
      agent: false,
      signal: AbortSignal.timeout(PATIENCE),
    })
    outgoing.on('error', reject)
    outgoing.on('response', async (response) => {
      try {
        const chunks: Buffer[] = []
        for await (const chunk of response) chunks.push(chunk as Buffer)
        resolve(answerOf(response.statusCode ?? 0, response.rawHeaders, Buffer.concat(chunks).toString()))
      } catch (problem) {
        reject(problem)
      }
    })
    outgoing.end(body)
  })
}

async function callHttp2(wire: Call): Promise<Answer> {
  const session = await openHttp2(wire.port, wire.certificate)
  try {
    return await callOn(session, wire)
  } finally {
    session.close()
  }
}

/** An HTTP/2 connection to the gateway. The caller closes it. */
export async function openHttp2(port: number, options: TlsOptions = {}): Promise<ClientHttp2Session> {
  const session = connectHttp2(`https://127.0.0.1:${port}`, {
    ...(await trust()),
    ...options,
    servername: HOST,
  })
  await new Promise((resolve, reject) => {
    session.once('connect', resolve)
    session.once('error', reject)
  })
  session.on('error', () => {})
  return session
}

/** What the head of a request over HTTP/2 begins with (RFC 9113 §8.3.1); the authority last. */
export function pseudoFields(method: string, path: string): string[] {
  return [':method', method, ':path', path, ':scheme', 'https', ':authority', HOST]
}

/** One request on an open HTTP/2 connection. Rejects where the stream is reset. */
export function callOn(session: ClientHttp2Session, wire: Omit<Call, 'port'>): Promise<Answer> {
  const { method = 'GET', path = '/', fields = [], body } = wire
  const pseudo = pseudoFields(method, path)
  const head = [...(valuesOf(fields, ':authority').length > 0 ? pseudo.slice(0, -2) : pseudo), ...fields]
  return new Promise<Answer>((resolve, reject) => {
    const stream = session.request(head as never, { endStream: body === undefined })
    let status = 0
    let flat: string[] = []
    const chunks: Buffer[] = []
    stream.setTimeout(PATIENCE, () => reject(new Error('no answer in time')))
    stream.on('response', (headers, _flags, raw) => {
      status = Number(headers[':status'])
      flat = (raw as string[]).filter((_, at, all) => !(all[at - (at % 2)] as string).startsWith(':'))
    })
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('error', reject)
    stream.on('close', () =>
      status === 0
        ? reject(new Error(`no answer, stream reset with ${stream.rstCode}`))
        : resolve(answerOf(status, flat, Buffer.concat(chunks).toString())),
    )
    if (body !== undefined) stream.end(body)
  })
}

function answerOf(status: number, fields: readonly string[], body: string): Answer {
  return { status, fields, body, all: (name) => valuesOf(fields, name), code: codeOf(body) }
}

export function codeOf(body: string): string | undefined {
  return /"code":"([A-Z_]+)"/.exec(body)?.[1]
}

/** `localAddress`: from where; all of 127.0.0.0/8 is this machine. */
type TlsOptions = ConnectionOptions & { readonly localAddress?: string }

/** A TLS connection that speaks HTTP/1.1, to write octets on by hand. */
export async function openTls(port: number, options: TlsOptions = {}): Promise<TLSSocket> {
  const socket = connectTls({
    ...(await trust()),
    port,
    host: '127.0.0.1',
    servername: HOST,
    ALPNProtocols: ['http/1.1'],
    ...options,
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', resolve)
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('closed during the handshake')))
  })
  socket.on('error', () => {})
  return socket
}

/** Sends these octets (latin1) and gathers what comes back until the other side closes or falls silent. */
export async function raw(
  port: number,
  octets: string,
  {
    certificate,
    quiet = 400,
    answers = 1,
  }: { certificate?: ClientCertificate | undefined; quiet?: number; answers?: number } = {},
): Promise<{ readonly text: string; readonly closed: boolean }> {
  const socket = await openTls(port, { ...certificate })
  socket.write(octets, 'latin1')
  const result = await gather(socket, quiet, answers)
  socket.destroy()
  return result
}

/** What a socket receives until it is closed, or, once so many answers have come whole, says nothing more for so many milliseconds. */
export function gather(
  socket: Socket,
  quiet: number,
  answers = 1,
): Promise<{ text: string; closed: boolean }> {
  return new Promise((resolve) => {
    let text = ''
    let timer = setTimeout(() => resolve({ text, closed: false }), PATIENCE)
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      const isThere = statusesIn(text).length >= answers && isWhole(text)
      clearTimeout(timer)
      timer = setTimeout(() => resolve({ text, closed: false }), isThere ? quiet : PATIENCE)
    })
    socket.once('close', () => {
      clearTimeout(timer)
      resolve({ text, closed: true })
    })
  })
}

/** For `quiet`, where the other side is to close. */
export const UNTIL_CLOSED = 30_000

/** The statuses of all answers in what came back. */
export function statusesIn(text: string): number[] {
  return [...text.matchAll(STATUS)].map((found) => Number(found[1]))
}

/** Whether the last answer of these has all that its head announced; one to HEAD never has. */
function isWhole(text: string): boolean {
  const answer = text.slice([...text.matchAll(STATUS)].at(-1)?.index)
  const end = answer.indexOf('\r\n\r\n')
  const head = answer.slice(0, Math.max(0, end))
  if (/\r\ntransfer-encoding: chunked/i.test(head)) return answer.endsWith('\r\n0\r\n\r\n')
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0)
  return end >= 0 && answer.length - end - 4 >= length
}

async function trust(): Promise<{ readonly ca: string }> {
  return { ca: readFileSync(join(await pkiFolder(), 'server-ca.pem'), 'utf8') }
}

/** Milliseconds. */
const PATIENCE = 30_000
/** Of an answer. */
const STATUS = /HTTP\/1\.[01] (\d{3})/g
