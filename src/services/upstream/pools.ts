import { type Dispatcher, Pool } from 'undici'
import { OUTBOUND_SUITES } from '../http/suites.ts'

/** Everything that makes two upstreams different connections: the pool is keyed by the whole of it. */
export interface UpstreamOptions {
  readonly url: string
  readonly socketPath: string | null
  /** Milliseconds until the head of the answer, and between two parts of its body. */
  readonly timeout: number
  readonly connectTimeout: number
  readonly connections: number
  /** PEM. */
  readonly ca: string | null
  readonly certificate: string | null
  readonly privateKey: string | null
}

/** Connections to the upstreams, by the upstream's name. */
export class Upstreams {
  readonly #pools: ReadonlyMap<string, Upstream>

  /** `obtain` may give one that is there already. */
  constructor(
    upstreams: ReadonlyMap<string, UpstreamOptions>,
    obtain: (options: UpstreamOptions) => Upstream = (options) => new Upstream(options),
  ) {
    this.#pools = new Map([...upstreams].map(([name, options]) => [name, obtain(options)]))
  }

  named(name: string): Upstream {
    return this.#pools.get(name) as Upstream
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((upstream) => upstream.close()))
  }
}

export class Upstream {
  readonly url: string
  /** `host[:port]`, for the Host field. */
  readonly authority: string
  readonly #pool: Pool
  readonly #queueLimit: number
  /** Milliseconds that a request waits for a connection. */
  readonly queueTimeout: number

  constructor(options: UpstreamOptions) {
    this.url = options.url
    this.authority = new URL(options.url).host
    // A connection that cannot be made has its own word for it, so that comes first.
    this.queueTimeout = options.connectTimeout + 1_000
    this.#queueLimit = options.connections * QUEUE_PER_CONNECTION
    this.#pool = new Pool(options.url, {
      connections: options.connections,
      pipelining: 1,
      allowH2: false,
      headersTimeout: options.timeout,
      bodyTimeout: options.timeout,
      connectTimeout: options.connectTimeout,
      keepAliveTimeout: KEEP_ALIVE,
      ...(options.socketPath === null ? {} : { socketPath: options.socketPath }),
      connect: {
        timeout: options.connectTimeout,
        minVersion: 'TLSv1.2',
        ciphers: OUTBOUND_SUITES,
        ...(options.ca === null ? {} : { ca: options.ca }),
        ...(options.certificate === null ? {} : { cert: options.certificate }),
        ...(options.privateKey === null ? {} : { key: options.privateKey }),
      },
    })
  }

  /** Whether so many wait for a connection that one more would only wait to be given up on. */
  get isBusy(): boolean {
    return this.#pool.stats.queued >= this.#queueLimit
  }

  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    this.#pool.dispatch(options, handler)
  }

  close(): Promise<void> {
    return this.#pool.destroy()
  }

  /** Takes no more requests, and closes when those under way are done. */
  retire(): Promise<void> {
    return this.#pool.close()
  }
}

const KEEP_ALIVE = 10_000
const QUEUE_PER_CONNECTION = 16
