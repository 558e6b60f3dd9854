import { Readable } from 'node:stream'
import type { RequestFacts } from '../domain/request-facts.ts'
import type { Downstream } from './downstream.ts'

/** The body went past its limit after it had begun to flow. */
export class BodyTooLarge extends Error {}

/** The client went away, or reset its stream, before the body was whole. */
export class BodyBrokenOff extends Error {}

/** The client has kept the upstream waiting for its body for too long. */
export class BodyStalled extends Error {}

/**
 * The request's body on its way to the upstream, counted, only as fast as it is taken. It stands between the two because
 * a call destroys the body that it is given when the upstream fails, and over HTTP/2 the answer still has to go out on the same stream.
 */
export class BodyOnTheWay extends Readable {
  readonly #body: Readable
  readonly #limit: number
  readonly #idleTimeout: number
  readonly #patience: NodeJS.Timeout
  #octets = 0
  /** Milliseconds that the client let us wait, all in all, and since when it does. */
  #waited = 0
  #since = performance.now()
  #complete = false

  /** `limit` in octets; `idleTimeout` in milliseconds between two parts, while the upstream takes them. */
  constructor(body: Readable, limit: number, idleTimeout: number) {
    super()
    this.#body = body
    this.#limit = limit
    this.#idleTimeout = idleTimeout
    this.#patience = setTimeout(() => this.#giveUp(), idleTimeout)
    // While the request waits for a connection nobody else listens; what went wrong is told to whoever destroyed it.
    this.on('error', () => {})
    body.on('data', this.#onData)
    body.once('end', this.#onEnd)
    body.once('close', this.#onClose)
    body.pause()
    // See `isEmpty`.
    if (body.readableEnded) this.#onEnd()
  }

  override _read(): void {
    this.#patience.refresh()
    if (this.#body.isPaused()) this.#since = performance.now()
    this.#body.resume()
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    clearTimeout(this.#patience)
    this.#body.off('data', this.#onData)
    this.#body.off('end', this.#onEnd)
    this.#body.off('close', this.#onClose)
    callback(error)
  }

  /** While the body is paused it is the upstream that keeps waiting, and that has its own timeout. */
  #giveUp(): void {
    if (this.#body.isPaused()) this.#patience.refresh()
    else this.destroy(new BodyStalled('no more of the body came'))
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#octets += chunk.length
    this.#patience.refresh()
    const now = performance.now()
    this.#waited += now - this.#since
    this.#since = now
    if (this.#octets > this.#limit) this.destroy(new BodyTooLarge(`more than ${this.#limit} octets`))
    else if (this.#trickles()) this.destroy(new BodyStalled('the body came too slowly'))
    else if (!this.push(chunk)) this.#body.pause()
  }

  /** A connection to the upstream is not for those who send an octet now and then to keep it. */
  #trickles(): boolean {
    return this.#waited > this.#idleTimeout && this.#octets < (this.#waited / 1000) * LEAST_RATE
  }

  readonly #onEnd = (): void => {
    if (isCutShort(this.#body)) return this.#onClose()
    this.#complete = true
    clearTimeout(this.#patience)
    this.push(null)
  }

  readonly #onClose = (): void => {
    if (!this.#complete) this.destroy(new BodyBrokenOff('the client broke off its body'))
  }
}

/** Whether nothing of a body is to come. An empty one of HTTP/2 ends unasked, and may have done so before anybody listened. */
export function isEmpty(downstream: Downstream, { hasBody }: RequestFacts): boolean {
  return !hasBody || downstream.body.readableEnded
}

/** Whether a body that has ended is not whole: a reset without an error ends an HTTP/2 stream as if it were. */
export function isCutShort(body: Readable): boolean {
  return body.closed
}

/** Octets a second, once a client has kept us waiting for as long as a connection may be idle. */
const LEAST_RATE = 240
