import type { ServerHttp2Stream } from 'node:http2'
import { addAbortSignal } from 'node:stream'
import type { Connection } from '../downstream.ts'
import type { Awaited } from './awaited.ts'
import type { LiveStream } from './live-session.ts'

/** How much of an answer its client has still to take, and since when it has taken nothing. */
export class AwaitedAnswer {
  readonly #stream: ServerHttp2Stream
  readonly #awaited: Awaited
  readonly #live: LiveStream
  /** Among all of them; -1: nowhere. */
  place = -1
  /** Octets that were written; and that had been taken when it was last looked at. */
  #written = 0
  #taken = -1
  /** Milliseconds of a steady clock. */
  takenSince = Number.POSITIVE_INFINITY

  constructor(stream: ServerHttp2Stream, live: LiveStream, awaited: Awaited) {
    this.#stream = stream
    this.#live = live
    this.#awaited = awaited
    stream.on('close', () => void awaited.delete(this))
  }

  /** `waits`: some of them, or what comes before them, did not leave at once, or nothing comes behind them. */
  wrote(octets: number, waits: boolean): void {
    this.#written += octets
    if (waits) this.#awaited.add(this, octets)
  }

  /** Octets. */
  get waiting(): number {
    return this.#stream.writableLength
  }

  get connection(): Connection {
    return this.#live.connection
  }

  /**
   * Called now and then while there is something to take. Who takes nothing for too long is let go, however lively the connection is
   * otherwise (pings, other streams). Returns the octets that wait.
   */
  look(now: number): number {
    const { writableLength, writableEnded, destroyed } = this.#stream
    const taken = this.#written - writableLength
    // Not until it is finished: for Node a head alone is that before it has left. Who has left is destroyed.
    const isBehind = !destroyed && (writableLength > 0 || writableEnded)
    if (!isBehind) this.#awaited.delete(this)
    // Of a next part more was taken before it began, however long the upstream said nothing.
    else if (taken !== this.#taken) {
      this.#taken = taken
      this.takenSince = now
    } else if (now - this.takenSince > this.connection.idleTimeout) this.breakOff()
    // All of it is there, and its client has taken nothing of it for a while. One that was broken off is over in a moment.
    const isLeft = writableEnded && !this.#stream.destroyed && now - this.takenSince >= STALLED
    this.#live.is(isLeft ? 'waiting' : 'under way', this.takenSince)
    return writableLength
  }

  /**
   * Its client has us reset it, and that counts (`session-guard.ts`): Node goes on counting memory for such a stream. By a signal, since it
   * resets one with CANCEL for an error that it made itself, and for any of ours as if something had failed here.
   */
  breakOff(): void {
    this.#awaited.slowRead()
    addAbortSignal(NOT_TAKEN, this.#stream)
  }
}

const NOT_TAKEN = AbortSignal.abort()
/** Milliseconds. */
const STALLED = 1_000
