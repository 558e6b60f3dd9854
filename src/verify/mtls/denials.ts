import { catalogue } from '../../domain/denial.ts'

export const D = catalogue({
  MTLS_ABSENT: [
    401,
    'invalid_token',
    'used',
    'RFC 8705 §3',
    'The token is bound to a client certificate and the connection presented none.',
    'Connect with the client certificate of the token request. Operators: client_certificate of the listener, which has to ask for one.',
  ],
  MTLS_UNTRUSTED: [
    401,
    'invalid_token',
    'used',
    'RFC 5280 §6.1',
    "The connection's client certificate is not trusted here, or not any more. Connect again with one that is.",
    'Connect with a certificate of an authority that this API trusts. Operators: peer_rejected in the record says what is against it; CRL_HAS_EXPIRED means that our list is old; client_ca and client_crl of the listener.',
  ],
  MTLS_REVOKED: [
    401,
    'invalid_token',
    'used',
    'RFC 5280 §6.3',
    "The connection's client certificate was revoked. Connect again with another one.",
    'Have a certificate issued anew, connect with it, and ask for a token that is bound to it. Operators: client_crl of the listener lists what was revoked.',
  ],
  MTLS_EXPIRED: [
    401,
    'invalid_token',
    'used',
    'RFC 8705 §3',
    "The connection's client certificate is not valid now. Connect again with one that is.",
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
