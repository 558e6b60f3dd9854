import { catalogue } from '../../domain/denial.ts'

export const D = catalogue({
  MTLS_ABSENT: [
    401,
    'invalid_token',
    'used',
    'RFC 8705 §3',
    'The token is bound to a client certificate and the connection presented none that is accepted.',
    'Connect with the client certificate of the token request. Operators: peer_rejected in the record says what TLS had against it; client_ca and client_certificate of the listener.',
  ],
  MTLS_EXPIRED: [
    401,
    'invalid_token',
    'used',
    'RFC 8705 §3',
    "The connection's client certificate is no longer valid. Connect again with a valid one.",
    'Renew the certificate, connect again, and ask for a token that is bound to the new one.',
  ],
  MTLS_THUMBPRINT: [
    401,
    'invalid_token',
    'used',
    'RFC 8705 §3',
    "The token is bound to another client certificate than the connection's. After a renewal, ask for a new token.",
    'Use the certificate that the token was asked for with. After a renewal ask for a new token: one is bound to one certificate.',
  ],
})
