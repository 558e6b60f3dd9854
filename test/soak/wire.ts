import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2'
import { Agent, request as requestHttps } from 'node:https'
import { Readable, type Writable } from 'node:stream'
import { pseudoFields } from '../support/wire-client.ts'
import type { ClientCertificate } from '../support/wire-pki.ts'
import { HOST } from '../support/wire-tokens.ts'
import { isTiled, tiled } from './marks.ts'

/** A request to be sent. Its body is its id, over and over. */
export interface Wanted {
  readonly id: string
  readonly port: number
  readonly version: '1.1' | '2'
  readonly method: string
  readonly target: string
  /** Flat. */
  readonly fields: readonly string[]
  /** Of the body; null: none. */
  readonly octets: number | null
  /** Whether its length is not said. */
  readonly isChunked?: boolean
  readonly certificate: ClientCertificate | null
  /** Breaks off after so many octets were sent, or were received. */
  readonly cut?: { readonly sent?: number; readonly received?: number }
}

export interface Got {
  /** 0: no answer began. */
  readonly status: number
  readonly fields: ReadonlyMap<string, string>
  /** The first octets of the body. */
  readonly text: string
  readonly octets: number
  /** Whether the body is the id of the request over and over. */
  readonly isTiled: boolean
  /** Why the answer is not whole; null: it is. */
  readonly fault: string | null
}

/** Connections that are kept and shared, as a client keeps them. Those who break off have some of their own. */
export class Wire {
  /** Of a handshake that took us so many milliseconds the gateway may have had enough before it saw the end. */
  readonly slowTls: number
  readonly #ca: string
  readonly #agents = new Map<string, Agent>()
  readonly #sessions = new Map<string, ClientHttp2Session>()
  #turn = 0

  constructor(ca: string, slowTls: number) {
    this.#ca = ca
    this.slowTls = slowTls
  }

  send(wanted: Wanted): Promise<Got> {
    return wanted.version === '2' ? this.#sendHttp2(wanted) : this.#sendHttp1(wanted)
  }

  close(): void {
    for (const agent of this.#agents.values()) agent.destroy()
    for (const session of this.#sessions.values()) session.destroy()
  }

  #sendHttp1(wanted: Wanted): Promise<Got> {
    const { id, port, method, target, octets, isChunked = false } = wanted
    return new Promise((resolve) => {
      const outgoing = requestHttps({
        ...{ port, method, host: '127.0.0.1', path: target, agent: this.#agent(wanted) },
        headers: [...['host', HOST], ...wanted.fields, ...framing(octets, isChunked)],
        signal: AbortSignal.timeout(PATIENCE),
      })
      const answer = new Answer(id, wanted.cut?.received, () => outgoing.destroy(), resolve)
      // Until TLS is done there is no connection, and who has too many handshakes under way takes no more.
      let connected = false
      const dialled = performance.now()
      outgoing.on('socket', (socket) => {
        connected = outgoing.reusedSocket
        if (connected) return
        socket.once('secureConnect', () => {
          connected = performance.now() - dialled < this.slowTls
        })
      })
      outgoing.on('error', ({ message }) =>
        answer.end(connected ? `${message}${outgoing.reusedSocket ? ', kept' : ''}` : NO_CONNECTION),
      )
      outgoing.on('response', (response) => {
        answer.begin(response.statusCode as number, response.rawHeaders)
        response.on('data', (chunk: Buffer) => answer.add(chunk))
        response.on('error', (error) => answer.end(error.message))
        response.on('close', () => answer.end(response.complete ? null : 'broken off'))
      })
      write(outgoing, wanted, () => outgoing.destroy())
    })
  }

  #sendHttp2(wanted: Wanted): Promise<Got> {
    const { id, method, target, fields, octets, isChunked = false } = wanted
    const session = this.#session(wanted)
    return new Promise((resolve) => {
      const pseudo = pseudoFields(method, target)
      const length = octets === null || isChunked ? [] : ['content-length', String(octets)]
      const stream = session.request([...pseudo, ...fields, ...length] as never, {
        endStream: octets === null,
      })
      const cut = () => stream.close(CANCEL)
      const answer = new Answer(id, wanted.cut?.received, cut, resolve)
      const timer = setTimeout(() => {
        answer.end('no end in time')
        cut()
      }, PATIENCE)
      stream.on('response', (headers, _flags, raw) =>
        answer.begin(Number(headers[':status']), raw as unknown as string[]),
      )
      stream.on('data', (chunk: Buffer) => answer.add(chunk))
      stream.on('error', (error) => answer.end(error.message))
      stream.on('close', () => {
        clearTimeout(timer)
        answer.end(stream.rstCode === 0 ? null : `reset with ${stream.rstCode}`)
      })
      if (octets !== null) write(stream, wanted, cut)
    })
  }

  #agent(wanted: Wanted): Agent {
    const key = poolOf(wanted)
    const known = this.#agents.get(key)
    if (known !== undefined) return known
    const kept = { keepAlive: true, maxFreeSockets: 16, timeout: 5_000 }
    const agent = new Agent({ ...kept, ca: this.#ca, servername: HOST, ...wanted.certificate })
    this.#agents.set(key, agent)
    return agent
  }

  /** One of three. */
  #session(wanted: Wanted): ClientHttp2Session {
    const key = `${poolOf(wanted)} ${this.#turn++ % 3}`
    const known = this.#sessions.get(key)
    if (known !== undefined && !known.closed && !known.destroyed) return known
    const session = connectHttp2(`https://127.0.0.1:${wanted.port}`, {
      ...{ ca: this.#ca, servername: HOST },
      ...wanted.certificate,
    })
    this.#sessions.set(key, session)
    session.on('error', () => {})
    session.once('connect', () => session.setLocalWindowSize(CONNECTION_WINDOW))
    session.once('close', () => {
      if (this.#sessions.get(key) === session) this.#sessions.delete(key)
    })
    return session
  }
}

/** An answer as it comes. */
class Answer {
  readonly #id: string
  readonly #most: number
  readonly #cut: () => void
  readonly #resolve: (got: Got) => void
  #status = 0
  #fields = new Map<string, string>()
  #text = ''
  #octets = 0
  #isTiled = true

  constructor(id: string, most: number | undefined, cut: () => void, resolve: (got: Got) => void) {
    this.#id = id
    this.#most = most ?? Number.POSITIVE_INFINITY
    this.#cut = cut
    this.#resolve = resolve
  }

  begin(status: number, raw: readonly string[]): void {
    this.#status = status
    for (let at = 0; at < raw.length; at += 2)
      this.#fields.set((raw[at] as string).toLowerCase(), raw[at + 1] as string)
  }

  add(chunk: Buffer): void {
    if (this.#text.length < 1_000) this.#text += chunk.toString('latin1', 0, 1_000)
    this.#isTiled &&= isTiled(chunk, this.#id, this.#octets)
    this.#octets += chunk.length
    if (this.#octets > this.#most) this.#cut()
  }

  /** The first end counts. */
  end(fault: string | null): void {
    this.#resolve({
      ...{ status: this.#status, fields: this.#fields, text: this.#text, octets: this.#octets },
      ...{ isTiled: this.#isTiled, fault: fault ?? (this.#status === 0 ? 'closed without an answer' : null) },
    })
  }
}

function write(to: Writable, { id, octets, cut }: Wanted, cutOff: () => void): void {
  if (octets === null) return void to.end()
  if (cut?.sent === undefined) return void Readable.from(tiled(id, 0, octets)).pipe(to)
  const part = Readable.from(tiled(id, 0, cut.sent))
  part.pipe(to, { end: false })
  part.once('end', () => setTimeout(cutOff, 20))
}

function framing(octets: number | null, isChunked: boolean): string[] {
  if (octets === null) return []
  return isChunked ? ['transfer-encoding', 'chunked'] : ['content-length', String(octets)]
}

function poolOf({ port, certificate, cut }: Wanted): string {
  return `${port} ${certificate === null ? '' : certificate.cert.slice(-60)} ${cut !== undefined}`
}

export const NO_CONNECTION = 'no connection'
const CANCEL = 0x8
/** Octets. */
const CONNECTION_WINDOW = 1024 * 1024
/** Milliseconds. */
const PATIENCE = 150_000
