import type { Shown } from './peer-identity.ts'

/** What the wire said, unambiguous but unverified. One a request, of fixed shape. */
export interface RequestFacts extends Shown {
  readonly method: string
  /** The public origin that the request named, in normal form: `https://api.bank.example`. */
  readonly origin: string
  /** `host[:port]` of that origin. */
  readonly authority: string
  /** Public origin and raw path, no query: what `htu` is compared with. */
  readonly targetUri: string
  /** As received; ambiguous ones were refused. */
  readonly path: string
  /** RFC 3986 §6.2.2 normal form of the path, which routes are matched on. */
  readonly normalPath: string
  readonly hasPathParameters: boolean
  /** As received, without the `?`; null where there was none. */
  readonly query: string | null
  /** The request target as received (RFC 9112 §3.2), or `:path`. */
  readonly requestTarget: string
  /** As received, flat: name, value, name, value. */
  readonly fields: readonly string[]
  readonly authorization: string | null
  readonly dpop: string | null
  /** Lines of one field, joined with commas. */
  readonly signatureInput: string | null
  readonly signature: string | null
  readonly repeatedCredential: 'authorization' | 'dpop' | null
  readonly interactionId: string | null
  /** Whether a hop before us says that the request came as TLS early data, so that it may be a replay (RFC 8470 §5.1). */
  readonly isEarly: boolean
  readonly via: string | null
  readonly hasBody: boolean
  /** Octets announced; null where the length is not known beforehand. */
  readonly contentLength: number | null
  /** Octets that the listener lets a body have, where the route does not say. */
  readonly bodyLimit: number
}

/** What changes nothing (RFC 9110 §9.2.1), and so may be asked for again. */
export const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])
