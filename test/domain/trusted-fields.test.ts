import { describe, expect, it } from 'vitest'
import { HOP_BY_HOP, isProtectedField, isTrustedField } from '../../src/domain/trusted-fields.ts'

/** At least one name for each row of the list; `gateway/fields.test.ts` sends many of them. */
const TRUSTED = [
  ...[
    'forwarded',
    'forwarded-for',
    'x-forwarded',
    'x-forwarded-for',
    'x-real-ip',
    'client-ip',
    'x-client-ip',
  ],
  ...['true-client-ip', 'cf-connecting-ip', 'x-cluster-client-ip', 'proxy-client-ip', 'fastly-client-ip'],
  ...['fly-client-ip', 'x-rewrite-url', 'x-original-url', 'x-http-method-override', 'x-http-method'],
  ...['x-method-override', 'txn-token', 'workload-identity-token', 'workload-proof-token', 'x-user'],
  ...['x-user-id', 'x-subject', 'x-client-id', 'x-userinfo', 'remote-user', 'remote-groups', 'remote-email'],
  ...['remote-name', 'x-remote-user', 'x-anonymous-consumer', 'x-endpoint-api-userinfo', 'proxy'],
  ...['x-apigateway-api-userinfo', 'proxy-authorization', 'holdfast-subject', 'x-holdfast-subject'],
  ...['x-client-cert', 'x-client-cert-dn', 'client-cert', 'client-cert-chain', 'x-ssl-client-dn'],
  ...['ssl-client-verify', 'x-gw-user', 'x-auth-request-user', 'x-authenticated-userid', 'x-consumer-id'],
  ...['x-arr-clientcert', 'x-amzn-mtls-clientcert', 'x-amzn-oidc-identity', 'x-tls-client-cert'],
  ...['x-mtls-client-dn', 'x-credential-identifier', 'x-webauth-user', 'x-jwt-assertion'],
  ...['x-envoy-external-address', 'x-azure-clientip', 'x-ms-client-principal', 'x-ms-client-principal-id'],
  ...['x-goog-iap-jwt-assertion', 'x-goog-authenticated-user-email', 'cf-access-jwt-assertion'],
  ...['wl-proxy-client-cert', 'x-sendfile-type', 'x-accel-mapping', 'iv-user', 'sm-user', 'oidc-claim-sub'],
  ...['l5d-client-id', 'tailscale-user-login', 'x-authentik-username', 'x-pomerium-claim-email'],
  ...['x-appengine-user-email', 'x-ms-token-aad-id-token', 'x-middleware-subrequest'],
  ...['x-script-name', 'x-scheme', 'x-http-host-override'],
]

const DECISIVE = [
  ...['host', 'authorization', 'dpop', 'early-data', 'cookie', 'content-type', 'content-length'],
  ...['content-encoding', 'content-digest', 'repr-digest', 'digest', 'transfer-encoding', 'idempotency-key'],
  ...['x-idempotency-key', 'x-jws-signature', 'via', 'expect', 'date', 'signature', 'signature-input'],
  ...['x-fapi-interaction-id', 'x-fapi-customer-ip-address'],
]

const OTHERS = [
  'accept',
  'user-agent',
  'x-request-id',
  'bank-x-auth-user',
  'accept-signature',
  'no-x-fapi-id',
]

describe('fields that a client may not send, or not have dropped', () => {
  it.each(TRUSTED)('%s is believed to be the gateway’s', (name) => {
    expect([isTrustedField(name), isProtectedField(name)]).toEqual([true, true])
  })

  it.each(DECISIVE)('%s is the client’s, and decides', (name) => {
    expect([isTrustedField(name), isProtectedField(name)]).toEqual([false, true])
  })

  it.each(OTHERS)('%s is neither', (name) => {
    expect([isTrustedField(name), isProtectedField(name)]).toEqual([false, false])
  })

  it('what belongs to one hop is named (RFC 9110 §7.6.1)', () => {
    expect([...HOP_BY_HOP].sort()).toEqual([
      'connection',
      'http2-settings',
      'keep-alive',
      'proxy-authenticate',
      'proxy-authorization',
      'proxy-connection',
      'te',
      'trailer',
      'transfer-encoding',
      'upgrade',
    ])
  })
})
