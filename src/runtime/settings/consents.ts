import type { Document } from '../../config/document.ts'
import type { Materials } from '../../services/materials/materials.ts'
import type { TlsMaterials } from '../../services/tls/outbound.ts'
import { readTlsFiles } from './tls-files.ts'

/** What we show to a consent service, and trust of it; PEM, null where nothing is configured. */
export interface ConsentMaterials extends TlsMaterials {
  readonly token: string | null
}

/** By the service's name, of those that are asked over the network. */
export function readConsentMaterials(
  { consents }: Document,
  materials: Materials,
): ReadonlyMap<string, ConsentMaterials> {
  const read = new Map<string, ConsentMaterials>()
  for (const [name, service] of Object.entries(consents)) {
    if (service.url === undefined) continue
    const { token_file: token } = service
    read.set(name, {
      ...readTlsFiles(service, ['consents', name], materials),
      token: token === undefined ? null : materials.bearerToken(token, ['consents', name, 'token_file']),
    })
  }
  return read
}
