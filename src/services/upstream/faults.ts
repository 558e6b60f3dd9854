import { catalogue, type Denial } from '../../domain/denial.ts'

/** What can go wrong behind the gateway. None of it is the client's doing, so none carries a challenge. */
export const F = catalogue({
  UPSTREAM_UNREACHABLE: [
    502,
    '',
    'none',
    'RFC 9110 §15.6.3',
    'The upstream could not be reached.',
    'Send the request again later. Operators: the record names the error; url, ca and certificate of the upstream.',
  ],
  UPSTREAM_BROKEN: [
    502,
    '',
    'none',
    'RFC 9110 §15.6.3',
    "The upstream's answer was broken off or malformed.",
    'Find out first whether the request took effect. Operators: the upstream closed the connection, or sent what is not HTTP.',
  ],
  UPSTREAM_BUSY: [
    503,
    '',
    'none',
    'RFC 9110 §15.6.4',
    'The upstream has no connection free. Try again.',
    'Send the request again after Retry-After. Operators: max_connections of the upstream, and why it is slow; `detail` says where the client was too slow itself.',
  ],
  UPSTREAM_TIMEOUT: [
    504,
    '',
    'none',
    'RFC 9110 §15.6.5',
    'The upstream did not answer in time.',
    'Find out first whether the request took effect. Operators: timeout of the upstream.',
  ],
  UPSTREAM_LOOP: [
    508,
    '',
    'none',
    'RFC 9110 §7.6.3',
    'The request has passed this gateway before: it goes in a circle.',
    'Operators: an upstream leads back to this gateway; compare url of the upstream with the public origins.',
  ],
  INTERNAL_FAULT: [
    500,
    '',
    'none',
    'RFC 9110 §15.6.1',
    'The gateway failed on this request; nothing was let through.',
    'Report the interaction id. Operators: detail in the record has the stack; report it as a bug.',
  ],
})

/** Why there is no answer, or not the whole of it. `code` is one of the words below, or the system's. */
export class UpstreamError extends Error {
  readonly code: string
  /** Whether the request may have met a connection that the upstream was just closing: it had answered before, and now nothing. */
  readonly wasStale: boolean

  constructor(code: string, message: string, wasStale = false) {
    super(message)
    this.code = code
    this.wasStale = wasStale
  }
}

/** The connection never stood: nothing was asked, whatever the system calls it. */
export class UnreachedError extends UpstreamError {}

/** Names the fault behind an error of a call. */
export function faultOf(error: NodeJS.ErrnoException): Denial {
  const code = error.code ?? ''
  if (code === 'QUEUE_TIMEOUT' || code === 'LEFT_WAITING') return F.UPSTREAM_BUSY
  // TLS 1.3 tells of a certificate of ours that is not taken only when the handshake is over for us.
  if (error instanceof UnreachedError || code.includes('CERT')) return F.UPSTREAM_UNREACHABLE
  return TIMEOUTS.has(code) ? F.UPSTREAM_TIMEOUT : F.UPSTREAM_BROKEN
}

/**
 * Whether a request that has no body may be sent once more: the connection was an old one that the upstream closed just
 * as we took it, and nothing of an answer had come (RFC 9110 §9.2.2).
 */
export function lostToReuse(error: Error): boolean {
  return error instanceof UpstreamError && error.wasStale && CUT.has(error.code)
}

const CUT = new Set(['CLOSED', 'ECONNRESET', 'EPIPE'])
const TIMEOUTS = new Set(['ANSWER_TIMEOUT', 'ETIMEDOUT'])
