/** Each has a port of its own, 80 and 443, which normal forms leave out (RFC 3986 §6.2.3). */
export type WebScheme = 'http' | 'https'

/**
 * The normal form of `host[:port]`: lower case, the default port dropped (RFC 3986 §6.2.2.1, §6.2.3). Undefined where
 * it is not a host: empty, with userinfo, with a character that no DNS name, IP address or service name has.
 */
export function normalAuthority(text: string, scheme: WebScheme): string | undefined {
  const parts = AUTHORITY.exec(text)
  if (parts === null) return undefined
  const [, name, digits] = parts
  const host = normalHost(name as string)
  if (host === undefined) return undefined
  if (digits === undefined || digits === '') return host
  const port = Number(digits)
  if (port === 0 || port > 65535) return undefined
  return port === (scheme === 'https' ? 443 : 80) ? host : `${host}:${port}`
}

/** The host of an authority in normal form; an IPv6 literal keeps its brackets. */
export function withoutPort(authority: string): string {
  return authority.replace(/:[0-9]+$/, '')
}

/** Whether an authority in normal form is among these: itself, or its host, which stands for all its ports. */
export function isAmong(authority: string, hosts: readonly string[]): boolean {
  return hosts.includes(authority) || hosts.includes(withoutPort(authority))
}

/** An IPv4 address of four decimal numbers, or an IPv6 address without zone (RFC 4291 §2.2). */
export function isIpAddress(text: string): boolean {
  return IPV4.test(text) || (IPV6_CHARACTERS.test(text) && normalHost(`[${text}]`) !== undefined)
}

function normalHost(name: string): string | undefined {
  if (PLAIN_HOST.test(name)) return name.toLowerCase()
  // IPv6 literals and IDN have many spellings; the platform's parser knows the one form of each. Only the host is given
  // to it: it rewrites paths in ways that would let two requests look alike.
  if (!name.startsWith('[') && !BEYOND_ASCII.test(name)) return undefined
  try {
    const host = new URL(`http://${name}`).hostname
    return host.startsWith('[') || PLAIN_HOST.test(host) ? host : undefined
  } catch {
    return undefined
  }
}

const AUTHORITY = /^(\[[0-9A-Fa-f:.]+\]|[^\s:/?#@[\]\\]+)(?::([0-9]{0,5}))?$/
const IPV4 = /^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\.(?!$)|$)){4}$/
const IPV6_CHARACTERS = /^[0-9A-Fa-f:.]{2,45}$/
const PLAIN_HOST = /^[A-Za-z0-9._-]+$/
const BEYOND_ASCII = /[^\x00-\x7f]/
