import { tellNamesAlone } from './peer-certificate.ts'
import { OUTBOUND_SUITES } from './suites.ts'

/** How another server is reached over TLS, PEM; null where there is none. */
export interface TlsMaterials {
  /** Whose certificates it may have; null: those of the CAs of Node. */
  readonly ca: string | null
  /** What we show of ourselves. */
  readonly certificate: string | null
  readonly privateKey: string | null
}

/** How TLS is spoken with whom we call, whoever that is. */
export function outboundTls({ ca, certificate, privateKey }: TlsMaterials) {
  tellNamesAlone()
  return {
    minVersion: 'TLSv1.2' as const,
    // Also where NODE_TLS_REJECT_UNAUTHORIZED says otherwise.
    rejectUnauthorized: true,
    ciphers: OUTBOUND_SUITES,
    ...(ca === null ? {} : { ca }),
    ...(certificate === null || privateKey === null ? {} : { cert: certificate, key: privateKey }),
  }
}
