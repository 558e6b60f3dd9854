import type { Document } from './document.ts'
import { didYouMean } from './nearest.ts'
import type { Notice } from './problem.ts'

/** Methods of routes that are not registered: they may be of somebody's own, and may be misspelt. */
export function* unregistered({ routes }: Document): Iterable<Notice> {
  for (const [index, { methods = [] }] of routes.entries()) {
    for (const [at, method] of methods.entries()) {
      if (REGISTERED.has(method)) continue
      const { hint } = didYouMean(method, REGISTERED)
      const path = ['routes', index, 'methods', ...(methods.length > 1 ? [at] : [])]
      yield {
        path,
        says: `${method} is no registered method (RFC 9110 §16.1)${hint === undefined ? '' : `; ${hint}`}`,
      }
    }
  }
}

/** Those of the registry of IANA that a route may be for; of two that are as near, the first is meant. */
const REGISTERED: ReadonlySet<string> = new Set([
  ...['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'QUERY'],
  // WebDAV and what was built on it.
  ...[
    'ACL',
    'BASELINE-CONTROL',
    'BIND',
    'CHECKIN',
    'CHECKOUT',
    'COPY',
    'LABEL',
    'LOCK',
    'MERGE',
    'MKACTIVITY',
  ],
  ...['MKCALENDAR', 'MKCOL', 'MKREDIRECTREF', 'MKWORKSPACE', 'MOVE', 'ORDERPATCH', 'PROPFIND', 'PROPPATCH'],
  ...['REBIND', 'REPORT', 'SEARCH', 'UNBIND', 'UNCHECKOUT', 'UNLOCK', 'UPDATE', 'UPDATEREDIRECTREF'],
  'VERSION-CONTROL',
  // RFC 2068.
  ...['LINK', 'UNLINK'],
])
