import type { IncomingMessage, ServerResponse } from 'node:http'
import { rawRequest } from '../decision/node-request.ts'
import type { RawRequest } from '../decision/scan.ts'
import type { Connection, Downstream } from './downstream.ts'

/** A request that came over HTTP/1.1. */
export class Http1Downstream implements Downstream {
  readonly raw: RawRequest
  readonly connection: Connection
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #awaitsProceed: boolean
  #saysTooLarge = false

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    connection: Connection,
    awaitsProceed: boolean,
  ) {
    this.#request = request
    this.#response = response
    this.#awaitsProceed = awaitsProceed && carriesBody(request)
    // There is nothing to wait for; unsaid, Node would end the connection behind this answer, and others may be behind it.
    if (awaitsProceed && !this.#awaitsProceed) response.writeContinue()
    if (response.socket === null) keepInLine(request.socket, response)
    this.connection = connection
    // Node drops what came in one segment with it, so the connection cannot be used again.
    if (request.headers.upgrade !== undefined) response.shouldKeepAlive = false
    this.raw = rawRequest(request, connection.peer)
  }

  get body(): IncomingMessage {
    return this.#request
  }

  get trailers(): readonly string[] {
    return this.#request.rawTrailers
  }

  get hasBegun(): boolean {
    return this.#response.headersSent
  }

  get isBehindLast(): boolean {
    return this.connection.isClosing
  }

  get isGone(): boolean {
    return this.#response.destroyed
  }

  proceed(): void {
    if (this.#awaitsProceed) this.#response.writeContinue()
  }

  begin(status: number, fields: readonly string[]): void {
    this.#response.writeHead(status, fields as string[])
    if ((this.#response as { readonly _last?: boolean })._last === true) this.connection.isClosing = true
  }

  write(chunk: Buffer): boolean {
    return this.#response.write(chunk)
  }

  end(whole?: Buffer): void {
    // As latin1 text, octet for octet: Node joins text to the head and sends both in one write.
    if (whole === undefined) this.#response.end()
    else this.#response.end(whole.toString('latin1'), 'latin1')
  }

  /**
   * The body of a refused request is not waited for, and its connection is not used again (RFC 9112 §9.6): what is left
   * of it could be read as the next request. A little is read and thrown away first, or the answer could be lost in
   * the reset that closing on unread data brings.
   */
  answer(status: number, fields: readonly string[], body: string, closes: boolean): void {
    const hasBody = carriesBody(this.#request)
    if (
      status === TOO_LARGE &&
      hasBody &&
      !this.#awaitsProceed &&
      !this.#request.readableDidRead &&
      !this.#saysTooLarge
    ) {
      this.#onFirstOctet(() => this.answer(status, fields, body, closes))
      return
    }
    const length = status === 204 ? [] : ['content-length', String(Buffer.byteLength(body))]
    const close = hasBody || closes ? ['connection', 'close'] : []
    this.begin(status, [...fields, ...length, ...close])
    const content = this.#request.method === 'HEAD' ? '' : body
    if (!hasBody || this.#request.complete) {
      this.#response.end(content)
      return
    }
    if (content !== '') this.#response.write(content)
    this.#discard()
  }

  abort(): void {
    this.#response.destroy()
  }

  onDrain(callback: () => void): void {
    this.#response.on('drain', callback)
  }

  onSent(callback: () => void): void {
    this.#response.once('finish', callback)
    this.#response.once('close', callback)
  }

  onGone(callback: () => void): void {
    this.#response.once('close', () => {
      if (!this.#response.writableFinished) callback()
    })
  }

  /**
   * A body that is announced too large is refused when it begins to come: a client that announces one and sends none is
   * as likely to be another's smuggled prefix, and an answer ahead of it would be read as the answer to what follows.
   */
  #onFirstOctet(callback: () => void): void {
    const once = () => {
      clearTimeout(timer)
      this.#request.off('data', once)
      if (!this.#saysTooLarge) {
        this.#saysTooLarge = true
        callback()
      }
    }
    const timer = setTimeout(once, FIRST_OCTET_WITHIN)
    this.#request.on('data', once)
    this.#request.once('end', once)
    this.#response.once('close', () => clearTimeout(timer))
  }

  #discard(): void {
    const end = () => this.#response.end()
    const timer = setTimeout(end, DISCARD_FOR)
    let left = DISCARD_AT_MOST
    this.#request.on('data', (chunk: Buffer) => {
      left -= chunk.length
      if (left < 0) end()
    })
    this.#request.once('end', end)
    this.#request.once('error', end)
    this.#response.once('close', () => clearTimeout(timer))
  }
}

/**
 * Tells all whose answers are due on a connection that they are not wanted any more; returns whether there were none. For
 * where Node has let go of it: then those behind the first would never hear that it was closed.
 */
export function abandonAnswers(socket: object): boolean {
  const first = (socket as { readonly _httpMessage?: ServerResponse | null })._httpMessage
  for (const response of inLine.get(socket) ?? []) response.destroy()
  return first === null || first === undefined
}

/** Of an answer whose turn has not come: others of its connection are due before it. */
function keepInLine(socket: object, response: ServerResponse): void {
  const others = inLine.get(socket) ?? new Set()
  inLine.set(socket, others.add(response))
  response.once('close', () => others.delete(response))
}

function carriesBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

const inLine = new WeakMap<object, Set<ServerResponse>>()
const TOO_LARGE = 413
/** Milliseconds and octets. */
const FIRST_OCTET_WITHIN = 2_000
const DISCARD_FOR = 500
const DISCARD_AT_MOST = 256 * 1024
