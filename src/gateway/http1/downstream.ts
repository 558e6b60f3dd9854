import type { Readable } from 'node:stream'
import type { RawRequest } from '../../decision/scan.ts'
import { type Connection, carriesBody, type Downstream } from '../downstream.ts'
import { interactionIdOf } from '../exchange.ts'
import type { RequestFault } from '../request-fault.ts'
import { type BegunHead, beginHead } from './answer-head.ts'
import type { Http1Connection } from './connection.ts'
import { RequestBody } from './request-body.ts'
import type { RequestHead } from './request-head.ts'

/** A request that came over HTTP/1.1, and the way to answer it. */
export class Http1Downstream implements Downstream {
  raw: RawRequest
  readonly connection: Connection
  readonly interactionId: string
  fault: RequestFault | null = null
  readonly #on: Http1Connection
  readonly #awaitsProceed: boolean
  #body: RequestBody | null
  /** A head that waits for the first of its body, to leave with it. */
  #head: BegunHead | null = null
  /** Whether it was there already when the connection was last looked at. */
  #isHeadLate = false
  #status = 0
  #isChunked = false
  #isOver = false
  #isCut = false
  #drained: (() => void) | null = null
  #sent: (() => void) | undefined
  #gone: (() => void) | null = null
  /** A refusal that waits for the body to begin. */
  #refusal: NodeJS.Timeout | null = null
  #refuse: (() => void) | null = null

  constructor(on: Http1Connection, head: RequestHead, body: RequestBody | null) {
    this.#on = on
    this.raw = head.raw
    this.connection = on.shared
    this.interactionId = interactionIdOf(head.raw.fields)
    this.#body = body
    this.#awaitsProceed = head.expectsProceed && body !== null
  }

  get body(): Readable {
    this.#body ??= new RequestBody(0, () => {})
    return this.#body
  }

  get trailers(): readonly string[] {
    return this.#body?.trailers ?? []
  }

  /** A head that still waits can be taken back. */
  get hasBegun(): boolean {
    return this.#status > 0 && this.#head === null
  }

  get isGone(): boolean {
    return this.#isCut || this.#on.socket.destroyed
  }

  /** Whether nothing more is to be written of it: what follows on the connection is another's. */
  get #isSealed(): boolean {
    return this.#isOver || this.isGone
  }

  /** Where it was answered or given up meanwhile its connection waits for its client alone. */
  awaitsJudgement(does: boolean): void {
    if (this.#isSealed) return
    this.#on.shared.waitsSince = does ? performance.now() : null
  }

  proceed(): void {
    if (!this.#awaitsProceed || this.#body?.hasBegun !== false || this.#isSealed) return
    this.#on.socket.write('HTTP/1.1 100 Continue\r\n\r\n', 'latin1')
  }

  begin(status: number, fields: readonly string[]): void {
    if (this.#isSealed) return
    this.#head = beginHead(status, fields)
    this.#status = status
  }

  write(chunk: Buffer): boolean {
    if (this.#isSealed || chunk.length === 0) return true
    const { socket } = this.#on
    const head = this.#headFor(null)
    if (!this.#carriesBody) return head === '' || socket.write(head, 'latin1')
    const start = this.#isChunked ? `${head}${chunk.length.toString(16)}\r\n` : head
    socket.cork()
    if (start !== '') socket.write(start, 'latin1')
    let flows = socket.write(chunk)
    if (this.#isChunked) flows = socket.write('\r\n', 'latin1')
    socket.uncork()
    return flows
  }

  /** Called every second or so. A head waits no longer than between two of these: who is to be told of events learns by it that they will be. */
  look(): void {
    if (this.#head === null || this.#isSealed) return
    if (this.#isHeadLate) this.#on.socket.write(this.#headFor(null), 'latin1')
    this.#isHeadLate = true
  }

  end(whole?: Buffer): void {
    if (this.#isSealed) return
    const isBare = whole === undefined && !this.#carriesBody
    // As latin1 text, octet for octet: head and body leave in one write.
    this.#end(whole?.toString('latin1') ?? '', isBare ? null : (whole?.length ?? 0))
  }

  /**
   * The body of a refused request is not waited for, and its connection is not used again (RFC 9112 §9.6): what is left of it could be
   * read as the next request.
   *
   * One that is announced too large is refused when it begins to come: a client that announces one and sends none is as likely to be
   * another's smuggled prefix, and an answer ahead of it would be read as the answer to what follows.
   */
  answer(status: number, fields: readonly string[], body: string, closes: boolean): void {
    const send = () => {
      this.#forgetRefusal()
      if (this.#isSealed) return
      if (this.#body !== null || closes) this.#on.isLast = true
      this.begin(status, fields)
      const octets = Buffer.from(body).toString('latin1')
      this.#end(octets, status === 204 ? null : octets.length)
    }
    if (status !== TOO_LARGE || this.#body?.hasBegun !== false || this.#awaitsProceed) return send()
    this.#refuse = send
    this.#refusal = setTimeout(send, FIRST_OCTET_WITHIN)
  }

  abort(): void {
    if (!this.#isSealed) this.#on.cut()
  }

  onDrain(callback: () => void): void {
    this.#drained = callback
  }

  onSent(callback: () => void): void {
    this.#sent = callback
  }

  onGone(callback: () => void): void {
    this.#gone = callback
  }

  /** Its connection has room again. */
  drained(): void {
    this.#drained?.()
  }

  bodyBegins(): void {
    this.#refuse?.()
  }

  /** Its connection is gone, or, with a fault, what comes of its body is not understood. */
  cut(fault: RequestFault | null = null): void {
    this.fault = fault
    this.#isCut = true
    this.#forgetRefusal()
    // Whoever still looks at it is told that no more comes.
    this.#body?.destroy()
    if (this.#isOver) return
    this.#gone?.()
    this.#sent?.()
  }

  get #carriesBody(): boolean {
    return carriesBody(this.raw.method, this.#status)
  }

  #end(octets: string, length: number | null): void {
    const head = this.#headFor(length)
    this.#isOver = true
    // What nobody took of a body that is here is passed to whoever only looks on, who would wait for its end.
    if (this.#body?.isWhole === true) this.#body.resume()
    this.#on.answered(head + this.#lastOfBody(octets), this.#sent)
  }

  #lastOfBody(octets: string): string {
    if (!this.#carriesBody) return ''
    if (!this.#isChunked) return octets
    const chunk = octets === '' ? '' : `${octets.length.toString(16)}\r\n${octets}\r\n`
    return `${chunk}0\r\n\r\n`
  }

  /** The head, once, for a body of so many octets; null: it has none, or their number is not known. */
  #headFor(length: number | null): string {
    const head = this.#head
    if (head === null) return ''
    this.#head = null
    // An answer ahead of the end of its request is the last (RFC 9112 §9.3): what comes behind it may be left of the body.
    if (this.#body?.isWhole === false) this.#on.isLast = true
    return `${head.text}${this.#framing(head, length)}${this.#on.persistence}\r\n`
  }

  #framing({ saysLength }: BegunHead, length: number | null): string {
    if (saysLength) return ''
    if (length !== null) return `content-length: ${length}\r\n`
    if (!this.#carriesBody) return ''
    if (this.raw.version === '1.0') {
      this.#on.endsAnswer = true
      return ''
    }
    this.#isChunked = true
    return 'transfer-encoding: chunked\r\n'
  }

  #forgetRefusal(): void {
    if (this.#refusal !== null) clearTimeout(this.#refusal)
    this.#refusal = null
    this.#refuse = null
  }
}

const TOO_LARGE = 413
/** Milliseconds. */
const FIRST_OCTET_WITHIN = 2_000
