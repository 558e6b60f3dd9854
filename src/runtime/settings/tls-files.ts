import type { Path } from '../../config/problem.ts'
import type { Materials } from '../../services/materials/materials.ts'
import type { TlsMaterials } from '../../services/tls/outbound.ts'

/** The files of whom we call: whose certificates it may have, and what we show. */
export function readTlsFiles(
  files: { readonly ca?: string; readonly certificate?: string; readonly private_key?: string },
  above: Path,
  materials: Materials,
): TlsMaterials {
  const { ca, certificate, private_key: key } = files
  const at = (name: string) => [...above, name]
  const chain = certificate === undefined ? null : materials.certificates(certificate, at('certificate'))
  return {
    ca: ca === undefined ? null : materials.authorities(ca, at('ca')),
    certificate: chain,
    privateKey: key === undefined ? null : materials.privateKey(key, at('private_key'), chain),
  }
}
