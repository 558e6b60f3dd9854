import type { Call, CallHandler } from './call.ts'
import { Pool } from './pool.ts'
import type { UpstreamRequest } from './request-head.ts'
import { type SocketOptions, socketOpener } from './socket.ts'

/** Everything that makes two upstreams different connections: the pool is keyed by the whole of it. */
export interface UpstreamOptions extends SocketOptions {
  /** Milliseconds until the head of the answer, and between two parts of its body. */
  readonly timeout: number
  readonly connectTimeout: number
  readonly connections: number
}

/** The connections to one upstream, and who may wait for one. */
export class Upstream {
  readonly url: string
  /** `host[:port]`, for the Host field. */
  readonly authority: string
  readonly #pool: Pool
  readonly #queueLimit: number

  constructor(options: UpstreamOptions) {
    this.url = options.url
    this.authority = new URL(options.url).host
    this.#queueLimit = options.connections * QUEUE_PER_CONNECTION
    // A connection that cannot be made has its own word for it, so that comes first.
    const queueTimeout = options.connectTimeout + 1_000
    this.#pool = new Pool(socketOpener(options), { ...options, queueTimeout })
  }

  /**
   * Whether so many wait for a connection that one more would only wait to be given up on. A quarter of them may be one client's, and never
   * more than there are places left: so a few clients that fill the queue leave a place for the next.
   */
  isBusyFor(client: string): boolean {
    const { queued } = this.#pool
    if (queued === 0) return false
    const left = this.#queueLimit - queued
    return this.#pool.queuedFor(client) >= Math.min(this.#queueLimit / SHARES, left)
  }

  /** Sends a request; its handler may be told of a fault at once. `anew`: on none that has lain idle. */
  send(request: UpstreamRequest, handler: CallHandler, anew = false): Call {
    return this.#pool.send(request, handler, anew)
  }

  close(): void {
    this.#pool.close()
  }

  /** Closes when the requests under way are done; one that comes late is served as well. */
  retire(): void {
    this.#pool.retire()
  }
}

const QUEUE_PER_CONNECTION = 16
const SHARES = 4
