import type { IssuerDocument } from '../../config/document.ts'
import { fingerprint } from '../settings/fingerprint.ts'
import type { Settings } from '../settings/settings.ts'

/** Names for what is fetched. Equal names: the same questions to the same server, with the same trust. */
export const sources = {
  keys: ({ document, issuerCa, fixedKeys }: Settings, name: string): string => {
    const issuer = document.issuers[name] as IssuerDocument
    return fingerprint([
      ...[issuer.issuer, issuer.jwks_uri, issuer.metadata_url, issuer.metadata_issuer, issuer.stale_keys],
      ...[issuerCa.get(name), fixedKeys.get(name)],
    ])
  },
  clientKeys: ({ clientKeys: { ca } }: Settings, clientId: string, url: string): string =>
    fingerprint([clientId, url, ca.get(clientId)]),
  clientDirectory: ({ document, clientKeys: { directoryCa } }: Settings): string =>
    fingerprint([document.client_keys, directoryCa]),
  consents: ({ document, consentMaterials }: Settings, name: string): string =>
    fingerprint([name, document.consents[name], document.caches.consents, consentMaterials.get(name)]),
  introspection: (settings: Settings, name: string): string => {
    const { document, issuerCa, askingKeys } = settings
    const { issuer, audience, algorithms, introspection, denied_keys } = document.issuers[
      name
    ] as IssuerDocument
    return fingerprint([
      ...[
        name,
        issuer,
        audience,
        algorithms,
        introspection,
        denied_keys,
        document.caches.introspected_tokens,
        document.evidence !== undefined,
      ],
      ...[issuerCa.get(name), askingKeys.get(name), sources.keys(settings, name)],
    ])
  },
  statusLists: (settings: Settings, name: string): string => {
    const issuer = settings.document.issuers[name] as IssuerDocument
    return fingerprint([
      ...[issuer.issuer, issuer.tenants, issuer.algorithms, issuer.clock_skew],
      ...[issuer.status_list, issuer.denied_keys],
      ...[settings.issuerCa.get(name), sources.keys(settings, name)],
    ])
  },
}
