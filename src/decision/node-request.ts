import { parseCertificate } from '../codec/certificate.ts'
import type { Denial } from '../domain/denial.ts'
import { NOTHING_SHOWN, type PeerIdentity, type Shown } from '../domain/peer-identity.ts'
import type { RequestFacts } from '../domain/request-facts.ts'
import { type ListenerRules, type RawRequest, scan } from './scan.ts'

/**
 * A request of `node:http`, `node:https` or the compatibility API of `node:http2`, as far as it is looked at. Express,
 * Fastify (`request.raw`) and Hono (`c.env.incoming`) hand out what fits.
 */
export interface NodeRequest {
  readonly method?: string | undefined
  readonly url?: string | undefined
  /** Where a framework cuts off what it has routed by, the target as it came is here. */
  readonly originalUrl?: string | undefined
  readonly httpVersion: string
  readonly rawHeaders: readonly string[]
  readonly socket: NodeSocket
}

export interface NodeSocket {
  readonly remoteAddress?: string | undefined
  /** Whether TLS could verify the client's certificate. */
  readonly authorized?: boolean
  /** What it has against it. */
  readonly authorizationError?: unknown
  getPeerX509Certificate?(): { readonly raw: Buffer } | undefined
}

/**
 * The facts that `decide` takes, out of a request of Node; or why it is refused. `mode` says what a client certificate is
 * worth: `pki`, it must have been verified by TLS, `pop`, any that the client has the key of (RFC 8705 §6.2).
 */
export function requestFacts(
  request: NodeRequest,
  rules: ListenerRules,
  mode: PeerIdentity['mode'] = 'pki',
): RequestFacts | Denial {
  const { socket } = request
  return scan(rawRequest(request, shownBy(socket.getPeerX509Certificate?.(), socket, mode)), rules)
}

/** A request as Node has it, nothing joined, nothing decoded. */
export function rawRequest(request: NodeRequest, { peer, peerRejected }: Shown): RawRequest {
  const { httpVersion, rawHeaders, method = '', url = '', originalUrl = url } = request
  const isHttp2 = httpVersion.startsWith('2')
  // Node gives the pseudo-header fields of HTTP/2 first, among the others.
  const from = isHttp2 ? rawHeaders.findIndex((name, at) => at % 2 === 0 && !name.startsWith(':')) : 0
  return {
    version: isHttp2 ? '2' : httpVersion === '1.0' ? '1.0' : '1.1',
    method,
    target: originalUrl,
    authority: isHttp2 ? pseudo(rawHeaders, ':authority') : null,
    fields: from < 0 ? [] : rawHeaders.slice(from),
    mayHaveBody: true,
    peer,
    peerRejected,
  }
}

/** Who the TLS peer is, by the certificate that it showed: null where it showed none, or none that counts, and what is against that. */
export function shownBy(
  certificate: { readonly raw: Buffer } | undefined,
  { authorized, authorizationError }: Pick<NodeSocket, 'authorized' | 'authorizationError'>,
  mode: PeerIdentity['mode'],
): Shown {
  if (certificate === undefined) return NOTHING_SHOWN
  if (mode === 'pki' && authorized !== true) return { peer: null, peerRejected: reasonOf(authorizationError) }
  const facts = parseCertificate(certificate.raw)
  if (facts === undefined) return { peer: null, peerRejected: 'the certificate cannot be parsed' }
  return { peer: { ...facts, mode }, peerRejected: null }
}

function reasonOf(error: unknown): string {
  if (error instanceof Error) return (error as NodeJS.ErrnoException).code ?? error.message
  return typeof error === 'string' ? error : 'the chain does not lead to the client CA'
}

function pseudo(rawHeaders: readonly string[], name: string): string | null {
  const at = rawHeaders.indexOf(name)
  return at < 0 || at % 2 === 1 ? null : (rawHeaders[at + 1] as string)
}
