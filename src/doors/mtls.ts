/** Certificate-bound access tokens (RFC 8705 §3). */
export { parseCertificate } from '../codec/certificate.ts'
export type { PeerIdentity } from '../domain/peer-identity.ts'
export { checkCertificateBinding } from '../verify/mtls/binding.ts'
export { D as mtlsDenials } from '../verify/mtls/denials.ts'
