import { TLSSocket } from 'node:tls'
import { attributesOf } from '../../codec/certificate.ts'

/**
 * Node has whom we call tell all of its certificates before it compares their names, and ends the process where the key of one lies on a
 * curve that NIST has no name for; whoever has a certificate that we trust can send any beside it. So it is given what it compares
 * (RFC 9525 §6), and no more.
 */
export function tellNamesAlone(): void {
  TLSSocket.prototype.getPeerCertificate = function namesOf(this: TLSSocket): never {
    const certificate = this.getPeerX509Certificate()
    return {
      subject: Object.fromEntries(attributesOf(certificate?.subject)),
      subjectaltname: certificate?.subjectAltName,
    } as never
  }
}
