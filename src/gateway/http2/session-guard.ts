import { constants, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { Dropped } from '../connection-guard.ts'
import { LeakyBucket } from './leaky-bucket.ts'

/** So many at once, and a tenth of it a second from then on: far from what a client that changes its mind does. */
export interface SessionLimits {
  readonly maxStreamResets: number
  /** Pings and settings. */
  readonly maxControlFrames: number
}

/**
 * Ends an HTTP/2 session that costs more than it asks for (RFC 9113 §10.5): streams that are reset over and over, whether
 * the client does it (CVE-2023-44487) or has us do it (CVE-2025-8671), and pings and settings without end. Empty frames,
 * header blocks without end and the rest nghttp2 bounds by itself; what it objects to is counted here too.
 */
export function guardSession(
  session: ServerHttp2Session,
  { maxStreamResets, maxControlFrames }: SessionLimits,
  dropped: (reason: Dropped) => void,
): void {
  const now = performance.now()
  const resets = new LeakyBucket(maxStreamResets, maxStreamResets / 10, now)
  const frames = new LeakyBucket(maxControlFrames, maxControlFrames / 10, now)
  const end = (reason: Dropped) => {
    if (session.destroyed) return
    dropped(reason)
    session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM)
  }
  const frame = () => {
    if (frames.overflows(performance.now())) end('control_frames')
  }
  session.on('ping', frame)
  session.on('remoteSettings', frame)
  let unfinished = 0
  session.on('stream', (stream: ServerHttp2Stream) => {
    const reset = () => {
      if (resets.overflows(performance.now())) end('stream_resets')
    }
    let isCounted = false
    let isUnsent = false
    stream.on('aborted', () => {
      // Whatever error it names. Where we break an answer off for reasons of our own, the stream is destroyed before it tells.
      isCounted = !stream.destroyed
      isUnsent = stream.writableLength > 0
      if (isCounted) reset()
    })
    stream.on('close', () => {
      const isReset = !isCounted && wasReset(stream)
      if ((isUnsent || (isReset && isUnfinished(stream))) && ++unfinished === MOST_UNFINISHED) session.close()
      if (isReset) reset()
    })
  })
  session.on('error', () => {
    dropped('protocol_error')
    session.destroy()
  })
}

/**
 * Before its answer began, or behind it; and not by us for reasons of our own, such as an upstream that broke off. A stream that closes
 * without an error may be whole, though that is not told yet.
 */
function wasReset({ headersSent, rstCode }: ServerHttp2Stream): boolean {
  return (
    !headersSent || (rstCode !== constants.NGHTTP2_NO_ERROR && rstCode !== constants.NGHTTP2_INTERNAL_ERROR)
  )
}

function isUnfinished({ headersSent, writableFinished }: ServerHttp2Stream): boolean {
  return headersSent && !writableFinished
}

/**
 * Answers of a session that were broken off, by whomever, with octets left. Those, up to the stream's window of 64 KiB, Node goes on counting
 * against the memory of the session, and at 10 MiB it refuses every further stream of it. So before that the client is
 * asked to connect anew (GOAWAY), and what is under way ends.
 */
const MOST_UNFINISHED = 64
