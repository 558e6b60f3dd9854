import { createClient, createCluster } from '@redis/client'
import { lookUp } from '../names.ts'
import { outboundTls, type TlsMaterials } from '../tls/outbound.ts'
import { problemOf, tlsHint } from './problem.ts'

/** Where a Redis or Valkey is, and as whom. Structured-cloneable. */
export interface RedisPlace extends TlsMaterials {
  /** `redis://` or `rediss://`; null: a cluster. */
  readonly url: string | null
  /** host:port of members. */
  readonly cluster: readonly string[]
  readonly isPlaintext: boolean
  readonly username: string | null
  readonly password: string | null
}

export interface RedisEvents {
  readonly connected: () => void
  readonly failed: (problem: Error) => void
  readonly moved: () => void
  /** It could not move, and tries again: what was is used until then. */
  readonly stayed: (problem: Error) => void
}

/** A connection that is made anew whenever it breaks; what is asked meanwhile is rejected at once instead of kept. */
export class RedisConnection {
  readonly #events: RedisEvents
  #place: RedisPlace
  #link: Link
  /** What replaces it as soon as it is there. */
  #next: Link | null = null
  #isClosed = false
  /** It was connected, so the address is right. */
  #wasThere = false
  readonly #secrets = new Set<string>()

  constructor(place: RedisPlace, events: RedisEvents) {
    this.#place = place
    this.#events = events
    this.#keepSecret(place)
    this.#link = this.#open()
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** What went wrong, for the log: without any password that it was ever given. */
  problemOf(problem: Error): string {
    const text = problemOf(problem, this.#secrets)
    return this.#wasThere ? text : text + tlsHint(text, isSecure(this.#place))
  }

  /** `key`: one that the command names, by which a cluster finds the member. */
  ask(key: string, command: string[]): Promise<unknown> {
    return this.#link.ask(key, command)
  }

  /** For a server that is silent, or no longer the one that takes writes. */
  reconnect(): void {
    // What was asked when it was closed may fail only now, and nobody would close another link.
    if (this.#isClosed) return
    this.#closeLinks()
    this.#next = null
    this.#link = this.#open()
  }

  /** With another password, say. The connection of before is used until this one is there. */
  move(place: RedisPlace): void {
    this.#place = place
    this.#wasThere = false
    this.#keepSecret(place)
    if (this.#isClosed) return
    this.#next?.close()
    this.#next = this.#open()
  }

  /** For good. */
  close(): void {
    this.#isClosed = true
    this.#closeLinks()
  }

  #closeLinks(): void {
    this.#next?.close()
    this.#link.close()
  }

  #keepSecret({ password }: RedisPlace): void {
    if (password !== null && password !== '') this.#secrets.add(password)
  }

  #open(): Link {
    const link = this.#place.url === null ? clusterLink(this.#place) : singleLink(this.#place)
    link.connect({
      connected: () => {
        this.#wasThere = true
        if (link === this.#next) this.#take(link)
        if (link === this.#link) this.#events.connected()
      },
      failed: (problem) => {
        if (link === this.#link) this.#events.failed(problem)
        if (link === this.#next) this.#events.stayed(problem)
      },
    })
    return link
  }

  #take(next: Link): void {
    const before = this.#link
    // What was asked there is still answered.
    setTimeout(() => before.close(), LONGEST_ANSWER).unref()
    this.#link = next
    this.#next = null
    this.#events.moved()
  }
}

interface Link {
  connect(events: Pick<RedisEvents, 'connected' | 'failed'>): void
  ask(key: string, command: string[]): Promise<unknown>
  close(): void
}

function singleLink(place: RedisPlace): Link {
  const client = createClient({ ...optionsOf(place), url: place.url! })
  return {
    connect: ({ connected, failed }) => {
      client.on('error', failed)
      client.on('ready', connected)
      client.connect().catch(failed)
    },
    ask: (_, command) => client.sendCommand(command),
    close: () => {
      const end = () => quietly(() => client.destroy())
      if (client.isReady) return end()
      // A socket that is being opened would stay open; what does not come to be ready or to fail is open by then.
      for (const event of ['ready', 'error']) client.once(event, end)
      setTimeout(end, 2 * CONNECT_TIMEOUT).unref()
    },
  }
}

function clusterLink(place: RedisPlace): Link {
  const scheme = place.isPlaintext ? 'redis' : 'rediss'
  let isClosed = false
  let attempted: Promise<void> = Promise.resolve()
  const { socket, ...defaults } = optionsOf(place)
  const cluster = createCluster({
    rootNodes: place.cluster.map((member) => ({
      url: `${scheme}://${member}`,
      // It is asked who else there is, and nothing limits how long it may take to answer.
      socket: { socketTimeout: CONNECT_TIMEOUT },
    })),
    defaults: {
      ...defaults,
      socket: { ...socket, reconnectStrategy: (attempts) => !isClosed && reconnectStrategy(attempts) },
    },
    topologyRefreshOnReconnectionAttemptStrategy: RECONNECT_MOST,
  })
  const end = () => quietly(() => cluster.destroy())
  const endLater = () => setTimeout(end, 2 * CONNECT_TIMEOUT).unref()
  return {
    connect: ({ connected, failed }) => {
      cluster.on('error', failed)
      cluster.on('node-error', failed)
      // It does not try again by itself before it was connected once.
      const attempt = () => {
        attempted = cluster.connect().then(connected, (problem) => {
          failed(problem)
          if (!isClosed) setTimeout(attempt, RECONNECT_MOST).unref()
        })
      }
      cluster.on('node-ready', () => isClosed && endLater())
      attempt()
    },
    ask: (key, command) => cluster.sendCommand(key, false, command),
    close: () => {
      isClosed = true
      // Whom it was about to find it connects with all the same, and would stay connected for good.
      void attempted.finally(end)
      endLater()
    },
  }
}

function isSecure({ url, isPlaintext }: RedisPlace): boolean {
  return url === null ? !isPlaintext : url.startsWith('rediss:')
}

function optionsOf(place: RedisPlace) {
  const { url: _, isPlaintext: __, username, password, ...tls } = place
  const common = { connectTimeout: CONNECT_TIMEOUT, reconnectStrategy, lookup: lookUp }
  return {
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password }),
    disableOfflineQueue: true,
    commandsQueueMaxLength: QUEUE,
    maintNotifications: 'disabled' as const,
    socket: isSecure(place) ? { ...common, tls: true as const, ...outboundTls(tls) } : common,
  }
}

/** Milliseconds, by the number of attempts so far. */
function reconnectStrategy(attempts: number): number {
  return Math.min(25 * 2 ** attempts, RECONNECT_MOST) * (0.5 + Math.random() / 2)
}

/** Closing what is closed throws. */
function quietly(step: () => void): void {
  try {
    step()
  } catch {}
}

/** Milliseconds. */
const LONGEST_ANSWER = 10_000
const CONNECT_TIMEOUT = 2_000
const RECONNECT_MOST = 500
/** Commands that wait for a server: more are refused at once. */
const QUEUE = 20_000
