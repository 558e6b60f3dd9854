/**
 * Field names that upstreams believe because a gateway is expected to have written them (RFC 9700 §4.13). A client that
 * could send one would choose its own identity, so none of them ever arrives, on public routes either. `name` in lower case.
 */
export function isTrustedField(name: string): boolean {
  return NAMES.has(name) || PREFIXES.some((prefix) => name.startsWith(prefix))
}

/** Fields that decide about the request or belong to the message; a client may not have a hop drop them by naming them in `Connection` (CVE-2024-45410). */
export function isProtectedField(name: string): boolean {
  return (
    DECISIVE.has(name) || name.startsWith('signature') || name.startsWith('x-fapi-') || isTrustedField(name)
  )
}

const NAMES: ReadonlySet<string> = new Set([
  'forwarded',
  'forwarded-for',
  'x-forwarded',
  'client-ip',
  'x-userinfo',
  'x-real-ip',
  'true-client-ip',
  'cf-connecting-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'proxy-client-ip',
  'fastly-client-ip',
  'fly-client-ip',
  'x-rewrite-url',
  'x-method-override',
  // What is cut off the front of a path, for many an application in Python.
  'x-script-name',
  'x-scheme',
  'txn-token',
  'workload-identity-token',
  'workload-proof-token',
  'x-user',
  'x-subject',
  'x-client-id',
  'remote-user',
  'remote-groups',
  'remote-email',
  'remote-name',
  'x-anonymous-consumer',
  'x-endpoint-api-userinfo',
  'x-apigateway-api-userinfo',
  'proxy-authorization',
  // To environments it is HTTP_PROXY, by which many programs find their proxy (CVE-2016-5385).
  'proxy',
  // By them Rack finds the files that it has a proxy send (CVE-2025-61780).
  'x-sendfile-type',
  'x-accel-mapping',
])

const PREFIXES = [
  'holdfast-',
  'x-holdfast-',
  'x-forwarded-',
  'x-client-cert',
  'client-cert',
  'x-ssl-',
  'ssl-',
  'x-gw-',
  'x-auth-',
  'x-authenticated-',
  'x-consumer-',
  'x-arr-',
  'x-amzn-mtls-',
  'x-amzn-oidc-',
  'x-tls-',
  'x-mtls-',
  'x-user-',
  'x-remote-',
  'x-original-',
  'x-http-',
  'x-credential-',
  'x-webauth-',
  'x-jwt-',
  'x-envoy-',
  'x-azure-',
  'x-ms-client-principal',
  'x-goog-iap-',
  'x-goog-authenticated-user-',
  'cf-access-',
  'wl-proxy-',
  'iv-',
  'sm-',
  'oidc-',
  'l5d-',
  'tailscale-',
  'x-authentik-',
  'x-pomerium-',
  'x-appengine-',
  'x-ms-token-',
  // What Next.js asks itself under it passes by its own checks (CVE-2025-29927).
  'x-middleware-',
]

const DECISIVE: ReadonlySet<string> = new Set([
  'host',
  'authorization',
  'dpop',
  'early-data',
  'cookie',
  'content-type',
  'content-length',
  'content-encoding',
  'content-digest',
  'repr-digest',
  'digest',
  'transfer-encoding',
  'x-idempotency-key',
  'idempotency-key',
  'x-jws-signature',
  'via',
  'expect',
  'date',
])

/** What belongs to one hop and goes no further (RFC 9110 §7.6.1). */
export const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
])
