import type { Readable } from 'node:stream'
import type { RawRequest } from '../decision/scan.ts'
import type { Denial } from '../domain/denial.ts'
import type { Shown } from '../domain/peer-identity.ts'

/** One request and the way to answer it, alike for HTTP/1.1 and HTTP/2. */
export interface Downstream {
  raw: RawRequest
  /** The request's body. To be read once the request is admitted. */
  readonly body: Readable
  /** Flat, as they came; known once the body has ended. */
  readonly trailers: readonly string[]
  readonly connection: Connection
  /** Which its client is told, and its record has. */
  readonly interactionId: string
  /** Why its body turned out to be none, which its client was told or cut off for; null: it did not. */
  readonly fault: { readonly denial: Denial; readonly detail: string } | null
  /** True once an answer has begun; then no other can be given. */
  readonly hasBegun: boolean
  /** True once the client went away, or its connection was cut. */
  readonly isGone: boolean
  /** Whether it waits to be judged, so that nothing was done for it yet. */
  awaitsJudgement(does: boolean): void
  /** Tells a client that waits for it to send the body (RFC 9110 §10.1.1). */
  proceed(): void
  /** Sends the head of an answer; `fields` flat and in lower case. */
  begin(status: number, fields: readonly string[]): void
  /** Sends a part of the body; false: wait for `onDrain`. */
  write(chunk: Buffer): boolean
  /** Ends the answer, with its whole body where that is at hand. */
  end(whole?: Buffer): void
  /**
   * Sends a whole answer, and sees to what is left unread of the request. `closes`: the connection is not to be used
   * again, where the protocol has one request after another on it.
   */
  answer(status: number, fields: readonly string[], body: string, closes: boolean): void
  /** Breaks the answer off, so that the client cannot take a part for the whole. */
  abort(): void
  onDrain(callback: () => void): void
  /**
   * Calls back, once or twice, when the whole answer is out, or what is left of it will never be; until then it takes memory. To be asked
   * for once, before the answer ends.
   */
  onSent(callback: () => void): void
  /** Calls back, once or twice, when the client goes away before the answer is complete. To be asked for once. */
  onGone(callback: () => void): void
}

/** What a connection knows for all of its requests. */
export interface Connection extends Shown {
  readonly remoteAddress: string
  readonly protocol: string
  /** Milliseconds that the client may keep us waiting, for a part of its body or to take a part of its answer. */
  readonly idleTimeout: number
  /**
   * Since when its client alone is waited for, by a clock that never steps back: for a request, the rest of a head, or to take answers that
   * are there; or since when all that it asked for waits to be judged. Null: a request is under way.
   */
  readonly waitsSince: number | null
  /** Whether we cut it at `drain_timeout`, with what was under way. */
  readonly isCut: boolean
}

/** Whether an answer has a body, which may be empty (RFC 9112 §6.3(1)). */
export function carriesBody(method: string, status: number): boolean {
  return method !== 'HEAD' && status !== 204 && status !== 304
}
