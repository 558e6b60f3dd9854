import { isIP } from 'node:net'
import { normalAuthority, withoutPort } from '../codec/authority.ts'

/** A request, as far as it counts here. */
export interface Asked {
  readonly headers: { readonly host?: string | undefined; readonly origin?: string | undefined }
}

/** Why a request may not be served here, with its status. */
export interface Stranger {
  readonly status: 403 | 421
  readonly says: string
}

/**
 * Keeps web pages out, which an operator's browser would otherwise let reach this address: a page whose name was made to
 * point here (DNS rebinding) comes with that name as its Host, and a request from another page with its Origin. `key` is
 * the address's in the configuration.
 */
export function strangerOf(
  { headers }: Asked,
  names: ReadonlySet<string>,
  key: string,
): Stranger | undefined {
  if (headers.origin !== undefined)
    return { status: 403, says: 'requests from web pages are not served here\n' }
  const name = headers.host === undefined ? undefined : hostOf(headers.host)
  if (name !== undefined && (isIP(name) !== 0 || name === 'localhost' || names.has(name))) return undefined
  return {
    status: 421,
    says: `this address is not called by that name; ${key}.hosts lists those that it has\n`,
  }
}

/** The host of `host:port`, without brackets and in lower case; undefined where it is none. */
export function hostOf(authority: string): string | undefined {
  const normal = normalAuthority(authority, 'http')
  return normal === undefined ? undefined : withoutPort(normal).replace(/^\[(.*)\]$/, '$1')
}
