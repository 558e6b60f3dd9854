import { catalogue } from '../../domain/denial.ts'

export const D = catalogue({
  MTLS_ABSENT: [
    401,
    'invalid_token',
    'used',
    'RFC 8705 §3',
    'The token is bound to a client certificate and the connection presented none that is accepted.',
  ],
  MTLS_EXPIRED: [
    401,
    'invalid_token',
    'used',
    'RFC 8705 §3',
    "The connection's client certificate is no longer valid. Connect again with a valid one.",
  ],
  MTLS_THUMBPRINT: [
    401,
    'invalid_token',
    'used',
    'RFC 8705 §3',
    "The token is bound to another client certificate than the connection's. After a renewal, ask for a new token.",
  ],
})
