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
    'Send the request again after Retry-After. Operators: max_connections of the upstream, and why it is slow.',
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

/** Names the fault behind an error of the HTTP client. */
export function faultOf(error: NodeJS.ErrnoException): Denial {
  const code = error.code ?? ''
  if (TIMEOUTS.has(code)) return F.UPSTREAM_TIMEOUT
  return UNREACHABLE.has(code) || code.startsWith('ERR_TLS') || code.includes('CERT')
    ? F.UPSTREAM_UNREACHABLE
    : F.UPSTREAM_BROKEN
}

/**
 * Whether a request that has no body may be sent once more: the connection was an old one that the upstream closed just
 * as we took it (it had answered before), and nothing of an answer had come (RFC 9110 §9.2.2).
 */
export function lostToReuse(
  error: NodeJS.ErrnoException & { socket?: { bytesRead?: number } | null },
): boolean {
  return (
    (error.code === 'UND_ERR_SOCKET' || error.code === 'ECONNRESET' || error.code === 'EPIPE') &&
    (error.socket?.bytesRead ?? 0) > 0
  )
}

const TIMEOUTS = new Set([
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'ETIMEDOUT',
])
const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'EACCES',
  'EPROTO',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
])
