import { FairQueue } from '../fair-queue.ts'
import { tally } from '../tally.ts'
import { Call, type CallHandler, type Carrier } from './call.ts'
import { Connection, type ConnectionOwner, type OpenSocket } from './connection.ts'
import { UpstreamError } from './faults.ts'
import { requestHead, type UpstreamRequest } from './request-head.ts'
import { beyondShares, heldBy } from './shares.ts'

export interface PoolOptions {
  readonly connections: number
  /** Milliseconds: until a connection stands; for each part of an answer; for a call in the queue. */
  readonly connectTimeout: number
  readonly timeout: number
  readonly queueTimeout: number
}

/**
 * The connections to one upstream, each with one call at a time, and the calls that wait for one. Time is counted in
 * ticks, so that a request sets no timer: a timeout may come a tick late, never early.
 */
export class Pool implements ConnectionOwner, Carrier {
  readonly #open: OpenSocket
  readonly #options: PoolOptions
  readonly #all = new Set<Connection>()
  /** How many of them each client has; null: nobody has waited of late. Counting takes time at each request. */
  #held: Map<string, number> | null = null
  /** The last one freed goes first: the others may go idle, and be closed. */
  readonly #free: Connection[] = []
  readonly #queue = new FairQueue<Call>(({ request }) => request.client)
  readonly #milliseconds: number
  #ticking: NodeJS.Timeout | null = null
  #isClosed = false
  /** Keeps no idle connection any more. */
  #isRetired = false
  tick = 0
  readonly patience: ConnectionOwner['patience']

  constructor(open: OpenSocket, options: PoolOptions) {
    this.#open = open
    this.#options = options
    const shortest = Math.min(options.connectTimeout, options.timeout, options.queueTimeout)
    this.#milliseconds = Math.min(Math.max(shortest / 16, 5), 250)
    this.patience = {
      connect: this.#ticks(options.connectTimeout),
      answer: this.#ticks(options.timeout),
      idle: (said) => Math.min((said ?? Number.POSITIVE_INFINITY) - MARGIN, KEEP_ALIVE),
      ticks: (milliseconds) => this.#ticks(milliseconds),
    }
  }

  /** How many wait for a connection. */
  get queued(): number {
    return this.#queue.size
  }

  queuedFor(client: string): number {
    return this.#queue.sizeFor(client)
  }

  /** Sends a request. `anew`: on none that has lain idle. */
  send(request: UpstreamRequest, handler: CallHandler, anew = false): Call {
    const head = requestHead(request)
    const call = new Call(request, head ?? '', handler)
    if (head === undefined || this.#isClosed) {
      call.fail(new UpstreamError('UNSENDABLE', head === undefined ? 'no HTTP request' : ENDS))
      return call
    }
    const free = anew ? undefined : this.#takeFree()
    if (free !== undefined) free.carry(call)
    else this.#make(call)
    return call
  }

  /** The last one freed that is not stale; those that are, are closed on the way. */
  #takeFree(): Connection | undefined {
    let free = this.#free.pop()
    for (; free?.isStale === true; free = this.#free.pop()) free.drop()
    return free
  }

  /** Cuts all connections; what is under way fails. */
  close(): void {
    this.#isClosed = true
    const why = new UpstreamError('CLOSED', ENDS)
    for (const connection of [...this.#all]) connection.cut(why)
    for (let call = this.#next(); call !== undefined; call = this.#next()) call.fail(why)
  }

  /** Cuts what is idle at once, and the rest when it is done. */
  retire(): void {
    this.#isRetired = true
    for (const idle of this.#free.splice(0)) idle.drop()
  }

  onHeld(client: string, change: 1 | -1): void {
    if (this.#held !== null) tally(this.#held, client, change)
  }

  onFree(connection: Connection): void {
    const next = this.#next()
    if (next !== undefined) connection.carry(next)
    else if (this.#isRetired) connection.drop()
    else this.#free.push(connection)
  }

  onClosed(connection: Connection): void {
    this.#all.delete(connection)
    const at = this.#free.indexOf(connection)
    if (at >= 0) this.#free.splice(at, 1)
    const next = this.#isClosed ? undefined : this.#next()
    if (next !== undefined) this.#make(next)
  }

  onUnsent(call: Call): void {
    this.#make(call)
  }

  drop(call: Call): void {
    this.#queue.remove(call)
  }

  /** What waits reads nothing yet. */
  pause(): void {}

  resume(): void {}

  /** Who has waited for a connection that is free now. */
  #next(): Call | undefined {
    return this.#held === null ? undefined : this.#queue.take(this.#held)
  }

  #make(call: Call): void {
    this.#ticking ??= setInterval(this.#onTick, this.#milliseconds).unref()
    if (this.#all.size >= this.#options.connections) {
      const idle = this.#free.shift()
      if (idle === undefined) {
        call.deadline = this.tick + this.#ticks(this.#options.queueTimeout)
        call.isWith(this)
        this.#held ??= heldBy(this.#all)
        this.#queue.add(call)
        return
      }
      idle.drop()
    }
    this.#all.add(new Connection(this.#open, this, call))
  }

  readonly #onTick = (): void => {
    this.tick++
    for (const connection of [...this.#all]) connection.look()
    for (const call of this.#queue.takeLate(({ deadline }) => deadline <= this.tick))
      call.fail(new UpstreamError('QUEUE_TIMEOUT', 'no connection became free in time'))
    if (this.#queue.size === 0) this.#held = null
    if (this.#held !== null)
      for (const connection of beyondShares(this.#all, this.#held, this.#queue, this.#ticks(LEFT_WAITING)))
        connection.cut(new UpstreamError('LEFT_WAITING', 'other clients waited for its connection'))
    if (this.#all.size > 0 || this.#queue.size > 0 || this.#ticking === null) return
    clearInterval(this.#ticking)
    this.#ticking = null
  }

  #ticks(milliseconds: number): number {
    return Math.ceil(milliseconds / this.#milliseconds) + 1
  }
}

const ENDS = 'the gateway ends'
/** Milliseconds that a connection may wait for its client while other clients wait for one. */
const LEFT_WAITING = 1_000
/** Milliseconds that an idle connection is kept. */
const KEEP_ALIVE = 10_000
/** Milliseconds by which we give an idle connection up before the upstream does. */
const MARGIN = 1_000
