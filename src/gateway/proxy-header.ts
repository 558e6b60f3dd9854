import { isIPv4, isIPv6, SocketAddress } from 'node:net'

/** What a balancer that passes TCP through says of a connection before anything else. */
export interface ProxyHeader {
  /** Of the client, as the system writes addresses; null: the balancer speaks for itself, or does not know. */
  readonly address: string | null
  /** Octets: what the client sent begins here. */
  readonly length: number
}

/**
 * Reads a header of the PROXY protocol, of either version (haproxy.org, proxy-protocol.txt of 2020-03-05, §2.1 and §2.2). `incomplete`: it
 * may become one. What else it holds (type-length-values) is left unread.
 */
export function readProxyHeader(octets: Buffer): ProxyHeader | 'incomplete' | 'absent' | 'malformed' {
  if (mayBegin(octets, BINARY)) return readBinary(octets)
  return mayBegin(octets, LINE) ? readLine(octets) : 'absent'
}

function mayBegin(octets: Buffer, signature: Buffer): boolean {
  const common = Math.min(octets.length, signature.length)
  return octets.subarray(0, common).equals(signature.subarray(0, common))
}

/** §2.1: `PROXY TCP4 192.0.2.17 198.51.100.1 56324 443`. */
function readLine(octets: Buffer): ProxyHeader | 'incomplete' | 'malformed' {
  const end = octets.subarray(0, LONGEST_LINE).indexOf('\r\n')
  if (end < 0) return octets.length < LONGEST_LINE ? 'incomplete' : 'malformed'
  const length = end + 2
  const [, family, ...rest] = octets.toString('latin1', 0, end).split(' ')
  if (family === 'UNKNOWN') return { address: null, length }
  const isAddress = family === 'TCP4' ? isIPv4 : family === 'TCP6' ? isPlainIPv6 : () => false
  const [source = '', destination = '', ...ports] = rest
  if (!isAddress(source) || !isAddress(destination)) return 'malformed'
  if (ports.length !== 2 || !ports.every(isPort)) return 'malformed'
  return { address: family === 'TCP4' ? source : canonical(source), length }
}

/** §2.2. */
function readBinary(octets: Buffer): ProxyHeader | 'incomplete' | 'malformed' {
  if (octets.length < FIXED) return 'incomplete'
  const [command, family] = octets.subarray(BINARY.length)
  const length = FIXED + octets.readUInt16BE(BINARY.length + 2)
  if ((command !== LOCAL && command !== PROXY) || length > LONGEST) return 'malformed'
  if (octets.length < length) return 'incomplete'
  if (command === LOCAL || family === UNSPECIFIED || family === UNIX_STREAM) return { address: null, length }
  const addresses = octets.subarray(FIXED, length)
  if (family === TCP_OVER_IPV4 && addresses.length >= 12)
    return { address: addresses.subarray(0, 4).join('.'), length }
  if (family !== TCP_OVER_IPV6 || addresses.length < 36) return 'malformed'
  return { address: canonical(addresses.toString('hex', 0, 16).replace(/(?!^)(?=(?:.{4})+$)/g, ':')), length }
}

function canonical(address: string): string {
  return new SocketAddress({ address, family: 'ipv6' }).address
}

/** Without a zone, which is another machine's. */
function isPlainIPv6(text: string): boolean {
  return isIPv6(text) && !text.includes('%')
}

function isPort(text: string): boolean {
  return /^(?:0|[1-9][0-9]{0,4})$/.test(text) && Number(text) <= 65_535
}

const LINE = Buffer.from('PROXY ')
const BINARY = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')
/** Octets, its end included. */
const LONGEST_LINE = 107
/** Octets before the addresses: the signature, version and command, family, length. */
const FIXED = BINARY.length + 4
/** Octets. With every value that is defined it is shorter. */
const LONGEST = 4_096
const LOCAL = 0x20
const PROXY = 0x21
const UNSPECIFIED = 0x00
const TCP_OVER_IPV4 = 0x11
const TCP_OVER_IPV6 = 0x21
const UNIX_STREAM = 0x31
