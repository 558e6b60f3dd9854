import { isIpAddress, normalAuthority, type WebScheme } from '../../codec/authority.ts'
import { readPath } from '../../codec/target-uri.ts'
import { NAMED } from '../../decision/path-parameters.ts'
import { METHOD } from '../../decision/router.ts'
import { parsed, text } from './value.ts'

const NETWORK = /^([0-9A-Fa-f:.]+)(?:\/([0-9]{1,3}))?$/
const BIND = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+)):([0-9]{1,5})$/

/** An address to listen on. IPv6 hosts stand here without their brackets; port 0 lets the system choose. */
export interface Bind {
  readonly host: string
  readonly port: number
}

/** Where operators connect unless another address is given. */
export const ADMIN = '127.0.0.1:9901'

export const bind = parsed<Bind>(
  'host:port',
  'an address such as 0.0.0.0:8443 or [::]:8443',
  BIND,
  (given) => {
    const [, v6, plain, digits] = BIND.exec(given)!
    const port = Number(digits)
    if (port > 65_535 || (v6 !== undefined && !URL.canParse(`http://[${v6}]`))) return undefined
    return { host: (v6 ?? plain)!.toLowerCase(), port }
  },
)

/** An address, or all that begin with the same bits (RFC 4632 §3.1, RFC 4291 §2.3). */
export interface Network {
  readonly address: string
  /** Bits. */
  readonly prefix: number
}

export const network = parsed<Network>(
  'network',
  'an address or a network, such as 10.0.3.7, 10.0.3.0/24 or fd00:7::/64',
  NETWORK,
  (given) => {
    const [, address = '', digits] = NETWORK.exec(given)!
    const bits = address.includes(':') ? 128 : 32
    const prefix = Number(digits ?? bits)
    return isIpAddress(address) && prefix <= bits ? { address, prefix } : undefined
  },
)

/** What clients call; in normal form, so that it can be compared with a request's (RFC 3986 §6.2.2, §6.2.3). */
export const publicOrigin = parsed(
  'https origin',
  'an https origin without a path, such as https://api.bank.example',
  /^https:\/\/[^/?#@\\]+$/,
  (given) => origin(given, 'https'),
)

/** An origin to forward to: `http://127.0.0.1:8080`, in normal form. */
export const upstreamOrigin = parsed(
  'origin',
  'an http or https origin without a path, such as https://payments.internal:8443',
  /^https?:\/\/[^/?#@\\]+$/,
  (given) => origin(given, given.startsWith('https:') ? 'https' : 'http'),
)

/** `api.bank.example` or `api.bank.example:8443`, in the normal form of an https authority. */
export const host = parsed(
  'host',
  'a host with or without a port, such as api.bank.example',
  /^[^/?#@\\\s]+$/,
  (given) => normalAuthority(given, 'https'),
)

/** Kept byte for byte: an issuer is compared as it is written (RFC 9068 §4), and has no query or fragment (RFC 8414 §2). */
export const issuerUrl = text(
  'https URL',
  'an https URL without query and fragment',
  /^https:\/\/[^?#@\s\\]+$/,
).refine((given) => URL.canParse(given), { error: 'an https URL without query and fragment' })

/** FAPI2-SP §5.4.2(1): keys come over TLS only. */
export const httpsUrl = text('https URL', 'an https URL', /^https:\/\/[^#@\s\\]+$/).refine(
  (given) => URL.canParse(given),
  {
    error: 'an https URL',
  },
)

/**
 * A path pattern in the normal form of the request paths that it is matched with: `*` or a
 * name in braces stands for one segment, `**` as the last segment for zero or more.
 */
export const pathPattern = parsed(
  'path pattern',
  'a path such as /accounts/*/balance, /accounts/{id} or /accounts/**, percent-encoded, without parameters, empty or dot segments, each name in it once',
  /^\//,
  readPattern,
)

export const method = text('method', 'a method in upper case, other than CONNECT and TRACE', METHOD)

/** localhost, 127.0.0.0/8 and ::1: what never leaves this machine. */
export function isLoopback(hostname: string): boolean {
  return /^(?:localhost|127(?:\.[0-9]{1,3}){3}|\[?::1\]?)$/.test(hostname)
}

function origin(given: string, scheme: WebScheme): string | undefined {
  const authority = normalAuthority(given.slice(given.indexOf('//') + 2), scheme)
  return authority === undefined || !URL.canParse(`${scheme}://${authority}`)
    ? undefined
    : `${scheme}://${authority}`
}

function wildcardsStandAlone(path: string): boolean {
  const segments = path.split('/').slice(1)
  return segments.every((segment, index) => {
    if (segment === '**') return index === segments.length - 1
    return segment === '*' || !segment.includes('*')
  })
}

/** Names stand for one segment, as `*` does, and each stands there once. */
function readPattern(given: string): string | undefined {
  const segments = given.split('/')
  const names = segments.filter((segment) => NAMED.test(segment))
  const path = readPath(segments.map((segment) => (NAMED.test(segment) ? '*' : segment)).join('/'))
  // Requests find their route without their parameters: one that names any would be found by none.
  if (typeof path !== 'object' || path.hasParameters || !wildcardsStandAlone(path.normal)) return undefined
  if (new Set(names).size < names.length) return undefined
  const normal = path.normal.split('/')
  return segments.map((segment, at) => (NAMED.test(segment) ? segment : normal[at])).join('/')
}
