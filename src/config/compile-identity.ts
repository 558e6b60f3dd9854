import type { IdentityRules } from '../decision/upstream-identity.ts'
import type { CompilePorts } from './compile.ts'
import type { Document, RouteDocument } from './document.ts'

/** Null where the upstream of the route is told in header fields. */
export function compileIdentity(
  route: RouteDocument,
  { upstreams }: Document,
  ports: CompilePorts,
): IdentityRules | null {
  const upstream = upstreams[route.upstream]
  if (upstream?.identity !== 'jwt') return null
  return {
    audience: upstream.txn_token.audience ?? upstream.url,
    lifetime: Math.floor(upstream.txn_token.lifetime / 1000),
    signers: ports.signers(route.signing_key ?? null),
  }
}
