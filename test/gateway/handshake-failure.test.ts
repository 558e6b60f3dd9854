import type { TLSSocket } from 'node:tls'
import { expect, it } from 'vitest'
import { handshakeFailure } from '../../src/gateway/handshake-failure.ts'

interface Failed {
  readonly code?: string
  readonly rejected?: string
  /** Octets. */
  readonly sent?: number
  readonly address?: string
}

function failure({ code, rejected, sent = 500, address = '192.0.2.1' }: Failed) {
  const transport = {}
  const socket = { authorizationError: rejected ?? null, _parent: transport } as unknown as TLSSocket
  return handshakeFailure(Object.assign(new Error(), { code }), socket, {
    addressOf: (of) => ((of as object) === transport ? address : 'another'),
    sentBy: (of) => ((of as object) === transport ? sent : 0),
  })
}

it.each<[string, Failed]>([
  ['ERR_SSL_NO_SHARED_CIPHER', { code: 'ERR_SSL_NO_SHARED_CIPHER' }],
  ['ERR_TLS_HANDSHAKE_TIMEOUT', { code: 'ERR_TLS_HANDSHAKE_TIMEOUT', sent: 0 }],
  ['CERT_REVOKED', { code: 'ECONNRESET', rejected: 'CERT_REVOKED' }],
  ['ECONNRESET', { code: 'ECONNRESET', sent: 1 }],
  ['NOTHING_SENT', { code: 'ECONNRESET', sent: 0 }],
  ['UNKNOWN', {}],
])('is told as %s', (reason, failed) => {
  expect(failure(failed)).toEqual({ reason, remoteAddress: '192.0.2.1' })
})

it('has no address where its client is gone', () => {
  expect(failure({ address: '' }).remoteAddress).toBe(null)
})
