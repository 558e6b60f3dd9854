import type { Document } from '../../config/document.ts'
import type { Materials } from '../../services/materials/materials.ts'
import { readKeySet, readKeySetFile } from './key-sets.ts'

/** What the files say of the keys of clients. */
export interface ClientKeyMaterials {
  /** JWK sets by `client_id`, where the keys are in the configuration or in a file. */
  readonly fixed: ReadonlyMap<string, unknown>
  /** PEM by `client_id`, where the server of its `jwks_uri` has a CA of its own. */
  readonly ca: ReadonlyMap<string, string>
  /** PEM of the directory; null: those of Node. */
  readonly directoryCa: string | null
}

export function readClientKeys(
  { clients, client_keys: directory }: Document,
  materials: Materials,
): ClientKeyMaterials {
  const fixed = new Map<string, unknown>()
  const ca = new Map<string, string>()
  for (const [index, { client_id: clientId, jwks, jwks_file: file, ca: caFile }] of clients.entries()) {
    const at = (key: string) => ['clients', index, key]
    const set =
      jwks === undefined
        ? file === undefined
          ? undefined
          : readKeySetFile(file, at('jwks_file'), materials)
        : readKeySet(jwks, at('jwks'), materials)
    if (set !== undefined) fixed.set(clientId, set)
    if (caFile !== undefined) ca.set(clientId, materials.authorities(caFile, at('ca')))
  }
  const directoryCa =
    directory?.ca === undefined ? null : materials.authorities(directory.ca, ['client_keys', 'ca'])
  return { fixed, ca, directoryCa }
}
