import { TLSSocket } from 'node:tls'

/**
 * Node has whom we call tell all of its certificates before it compares their names, and ends the process where the key of one lies on a
 * curve that NIST has no name for; whoever has a certificate that we trust can send any beside it. So it is given what is compared, and
 * no more: the alternative names, and never the common name, which Node would take where there is none (RFC 9525 §2).
 */
export function tellNamesAlone(): void {
  TLSSocket.prototype.getPeerCertificate = function namesOf(this: TLSSocket): never {
    return { subject: {}, subjectaltname: this.getPeerX509Certificate()?.subjectAltName } as never
  }
}
