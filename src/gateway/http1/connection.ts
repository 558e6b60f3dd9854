import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { D } from '../../decision/denials.ts'
import type { Living } from '../client-trust.ts'
import type { Connection, Downstream } from '../downstream.ts'
import { RequestFault } from '../request-fault.ts'
import { Http1Downstream } from './downstream.ts'
import { RequestBody } from './request-body.ts'
import { hasBareLf, parseRequestHead, tooLarge } from './request-head.ts'

export interface Http1Limits {
  /** Octets. */
  readonly headerSize: number
  /** Milliseconds. */
  readonly headerTimeout: number
  readonly idleTimeout: number
}

/** What a connection calls. */
export interface Http1Ports {
  readonly open: (downstream: Downstream) => void
  /** What came is no request, or not the whole of the one `underWay`. Returns the whole answer to it, after which the connection closes. */
  readonly fault: (fault: RequestFault, connection: Connection, underWay: Downstream | null) => string
  readonly slowRead: () => void
}

/**
 * One connection of HTTP/1.1, and one request on it at a time: the next is read when the answer to the last is out, so no answer can go to
 * another's request (RFC 9112 §9.3.2), and nothing that lies behind a last answer is read at all (§9.6).
 */
export class Http1Connection {
  readonly socket: TLSSocket
  readonly #transport: Socket
  readonly shared: Living
  readonly limits: Http1Limits
  readonly #ports: Http1Ports
  readonly #keepAlive: string
  /** The request under way. */
  #current: Http1Downstream | null = null
  /** Its body, while that comes. */
  #body: RequestBody | null = null
  /** What has come and was not read: a head that has begun, or requests behind the one under way. */
  #unread: Buffer | null = null
  /** Octets of that which were looked through for the end of a head, and are not again: a head may come octet by octet. */
  #searched = 0
  /** Whether its first request has come, so that it may be idle. */
  #hasServed = false
  /** Whether what comes is thrown away: the last answer is out, or on its way. */
  #isDeaf = false
  #thrownAway = 0
  /** Octets that had come when it was last looked at. */
  #come = 0
  /** Octets that the client had taken when it last sent something while more was due (-1: never), and since when it was no more. */
  #taken = -1
  #takenSince = 0
  /** Whether the next answer, or the one under way, is the last. */
  isLast = false
  /** Whether the end of its last answer is that of the connection, and nothing else. */
  endsAnswer = false

  /** `transport`: what TLS runs over. */
  constructor(socket: TLSSocket, transport: Socket, shared: Living, limits: Http1Limits, ports: Http1Ports) {
    this.socket = socket
    this.#transport = transport
    this.shared = shared
    this.limits = limits
    this.#ports = ports
    // A second less than it is kept, or a request that is sent at the last moment meets its end.
    const seconds = Math.max(1, Math.floor(limits.idleTimeout / 1000) - 1)
    this.#keepAlive = `connection: keep-alive\r\nkeep-alive: timeout=${seconds}\r\n`
    socket.on('timeout', this.#onTimeout)
    socket.on('data', this.#onOctets)
    socket.on('drain', this.#onDrain)
    socket.on('end', this.#onEnd)
    socket.on('close', this.#onClose)
  }

  /** Lets the request under way be the last; without one it closes. */
  retire(): void {
    this.isLast = true
    if (this.#current === null && this.#unread === null) this.#close('')
  }

  /** Called every second or so: ends what has waited too long for a head or between two, and watches the silent. */
  look(now: number): void {
    this.#watchSilence()
    this.#current?.look()
    if (this.#current !== null || this.#isDeaf || this.socket.writableNeedDrain) return
    const isIdle = this.#unread === null && this.#hasServed
    const { idleTimeout, headerTimeout } = this.limits
    const waited = now - (this.shared.waitsSince ?? now)
    if (isIdle) {
      if (waited > idleTimeout) this.cut()
    } else if (waited > headerTimeout)
      this.#refuse(new RequestFault('the head did not come in time', D.REQUEST_TIMEOUT))
  }

  /** The timer of a socket takes time at each read and write, so it runs only where nothing has come for as long as between two looks. */
  #watchSilence(): void {
    const { socket } = this
    const isSilent = socket.bytesRead === this.#come
    this.#come = socket.bytesRead
    const isWatched = (socket.timeout ?? 0) > 0
    if (isSilent !== isWatched) socket.setTimeout(isSilent ? this.limits.idleTimeout : 0)
  }

  /** What an answer says of the connection. */
  get persistence(): string {
    return this.isLast ? 'connection: close\r\n' : this.#keepAlive
  }

  /** Takes what is left to write of the answer to the request under way, and goes on to the next. `sent`: it is out, or never will be. */
  answered(rest: string, sent?: () => void): void {
    this.#current = null
    this.shared.waitsSince = performance.now()
    if (this.isLast) return this.#close(rest, sent)
    if (rest !== '' || sent !== undefined) this.socket.write(rest, 'latin1', sent)
    this.#next()
  }

  /**
   * Ends it at once. Under an answer that ends with its connection by a reset, or what has come of it would look whole: TLS, where it is
   * ended, says that this is meant (close_notify).
   */
  cut(isSlowRead = false): void {
    if (isSlowRead) this.#ports.slowRead()
    const { writableEnded, writableLength, destroyed } = this.socket
    // What was ended and is out cannot be reset: Node would leave it open for ever.
    const canReset = !destroyed && (!writableEnded || writableLength > 0)
    if (this.endsAnswer && canReset) this.#transport.resetAndDestroy()
    this.socket.destroy()
  }

  #next(): void {
    // Who sends one request after another and takes no answer is not read on.
    if (this.socket.writableNeedDrain) return
    const unread = this.#unread
    this.#unread = null
    if (this.socket.isPaused()) this.socket.resume()
    if (unread !== null) this.#readHead(unread)
  }

  readonly #onOctets = (octets: Buffer): void => {
    if (this.socket.writableLength > 0 && this.#takesNothing()) return this.cut(true)
    if (this.#isDeaf) return this.#throwAway(octets.length)
    let rest = octets
    if (this.#body !== null) {
      const end = this.#takeBody(this.#body, octets)
      if (end === octets.length || this.#isDeaf) return
      rest = octets.subarray(end)
    }
    const given = this.#unread === null ? rest : Buffer.concat([this.#unread, rest])
    if (this.#current === null && !this.socket.writableNeedDrain) return this.#readHead(given)
    this.#unread = given
    if (given.length >= UNREAD_AT_MOST) this.socket.pause()
  }

  /** What it sends keeps the socket from timing out, so an octet now and then would keep an answer in memory for ever. */
  #takesNothing(): boolean {
    const taken = this.socket.bytesWritten - this.socket.writableLength
    const now = performance.now()
    if (taken === this.#taken) return now - this.#takenSince > this.limits.idleTimeout
    this.#taken = taken
    this.#takenSince = now
    return false
  }

  #takeBody(body: RequestBody, octets: Buffer): number {
    const hadBegun = body.hasBegun
    const end = body.add(octets)
    if (end === undefined) {
      this.#refuse(new RequestFault('the chunks are malformed'))
      return octets.length
    }
    if (body.isWhole) this.#body = null
    else if (body.readableLength >= body.readableHighWaterMark) this.socket.pause()
    if (!hadBegun) this.#current?.bodyBegins()
    return end
  }

  #readHead(given: Buffer): void {
    this.#unread = null
    const searched = this.#searched
    this.#searched = 0
    let from = 0
    // RFC 9112 §2.2: an empty line ahead of a request is passed over.
    while (given[from] === CR && given[from + 1] === LF) from += 2
    // Between requests nothing is kept of them, and nothing is waited for.
    if (from === given.length) return
    const end = given.indexOf(END_OF_HEAD, Math.max(from, searched - END_OF_HEAD.length + 1))
    const length = (end < 0 ? given.length : end) - from
    // Behind a head as long as it may be a part of its empty line may have come.
    const behind = end < 0 ? END_OF_HEAD.length - 1 : 0
    if (length - behind > this.limits.headerSize)
      return this.#refuse(tooLarge(given.subarray(from), this.limits.headerSize))
    if (end < 0) {
      if (hasBareLf(given, searched)) return this.#refuse(new RequestFault('a line ends in LF alone'))
      // A first head is waited for from the start, whatever comes ahead of it; and half an empty line begins none.
      const beginsHere = searched <= from && given[from] !== CR
      if (beginsHere && this.#hasServed) this.shared.waitsSince = performance.now()
      this.#unread = given.subarray(from)
      this.#searched = length
      return
    }
    const head = parseRequestHead(given.subarray(from, end), this.shared)
    if (head instanceof RequestFault) return this.#refuse(head)
    this.#hasServed = true
    this.shared.waitsSince = null
    if (!head.persists) this.isLast = true
    const body = head.framing === 0 ? null : new RequestBody(head.framing, this.#readOn)
    const current = new Http1Downstream(this, head, body)
    this.#current = current
    this.#body = body
    const rest = given.subarray(end + END_OF_HEAD.length)
    if (rest.length > 0) this.#onOctets(rest)
    this.#ports.open(current)
  }

  readonly #readOn = (): void => {
    if (this.socket.isPaused() && this.#unread === null) this.socket.resume()
  }

  /** Answers what is no request, in place of an answer that has not begun; nothing that follows is understood (RFC 9112 §2.2). */
  #refuse(fault: RequestFault): void {
    const current = this.#current
    const answer = this.#ports.fault(fault, this.shared, current)
    const isTooLate = current?.hasBegun === true
    if (isTooLate) this.cut()
    this.#current = null
    if (!isTooLate) this.#close(answer)
    current?.cut(fault)
  }

  /**
   * What still comes is thrown away for a moment, or the answer could be lost in the reset that closing on unread data brings (§9.6): many a
   * client sends its body to the end before it looks, and without the answer would not learn of the nonce that it lacks.
   */
  #close(last: string, sent?: () => void): void {
    if (this.#isDeaf) return sent?.()
    this.shared.waitsSince ??= performance.now()
    this.#readNoMore()
    const { socket } = this
    if (socket.isPaused()) socket.resume()
    socket.end(last, 'latin1', () => {
      sent?.()
      setTimeout(() => socket.destroy(), LINGER).unref()
    })
  }

  #readNoMore(): void {
    this.#isDeaf = true
    this.#unread = null
    this.#body?.destroy()
    this.#body = null
  }

  #throwAway(octets: number): void {
    this.#thrownAway += octets
    if (this.#thrownAway > THROWN_AWAY_AT_MOST) this.cut()
  }

  /** Silence while the upstream thinks is not the client's; an answer that is not taken, or a body that does not come, is. */
  readonly #onTimeout = (): void => {
    const { socket } = this
    const owesBody = this.#body !== null && !socket.isPaused()
    const takesNothing = socket.writableLength > 0
    if (this.#current === null || owesBody || takesNothing) this.cut(takesNothing)
  }

  readonly #onDrain = (): void => {
    if (this.#current !== null) this.#current.drained()
    else if (!this.#isDeaf) this.#next()
  }

  /** The client sends no more, and Node then ends the connection from our side too: under an answer that still comes. */
  readonly #onEnd = (): void => {
    if (this.#current !== null && this.endsAnswer) this.cut()
  }

  readonly #onClose = (): void => {
    this.#readNoMore()
    this.#current?.cut()
    this.#current = null
  }
}

const CR = 0x0d
const LF = 0x0a
const END_OF_HEAD = '\r\n\r\n'
/** Octets. */
const UNREAD_AT_MOST = 64 * 1024
const THROWN_AWAY_AT_MOST = 10 * 1024 * 1024
/** Milliseconds. */
const LINGER = 2_000
