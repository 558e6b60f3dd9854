import type { Document } from '../config/document.ts'
import type { ConsentSource } from '../domain/ports.ts'
import { Consents } from '../services/consent/consents.ts'
import { httpsDoor } from '../services/http/door.ts'
import type { Log } from '../services/log/log.ts'
import type { Materials } from '../services/materials/materials.ts'
import { boundedMemo } from '../services/memo/lru.ts'
import type { Metrics } from '../services/metrics/metrics.ts'
import type { Settings } from './settings.ts'

/** What we show to a consent service, and trust of it; PEM, null where nothing is configured. */
export interface ConsentMaterials {
  readonly ca: string | null
  readonly certificate: string | null
  readonly privateKey: string | null
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
    const at = (key: string) => ['consents', name, key]
    const { ca, certificate, private_key: key, token_file: token } = service
    const chain = certificate === undefined ? null : materials.certificates(certificate, at('certificate'))
    read.set(name, {
      ca: ca === undefined ? null : materials.certificates(ca, at('ca')),
      certificate: chain,
      privateKey: key === undefined ? null : materials.privateKey(key, at('private_key'), chain),
      token: token === undefined ? null : materials.secret(token, at('token_file')),
    })
  }
  return read
}

/** Whoever is to be asked about consents, by the service's name in the configuration. */
export function openConsents(
  { document, consentMaterials }: Settings,
  log: Log,
  metrics: Metrics,
): ReadonlyMap<string, ConsentSource> {
  return new Map(
    [...consentMaterials].map(([name, { ca, certificate, privateKey, token }]) => {
      const { url, cache, timeout, max_connections: connections } = document.consents[name]!
      const consents = new Consents({
        send: httpsDoor({
          ...(ca === null ? {} : { ca }),
          ...(certificate === null || privateKey === null ? {} : { certificate, privateKey }),
          connections,
          within: timeout,
          largest: LARGEST,
        }),
        url: url as string,
        authorization: token === null ? null : `Bearer ${token}`,
        cache,
        questions: connections * QUESTIONS_PER_CONNECTION,
        memo: boundedMemo(document.caches.consents),
        clock: () => performance.now(),
        onAnswer: (outcome, problem) => {
          metrics.consent(name, outcome)
          if (problem !== null) log.warn('consent not fetched', { service: name, problem })
        },
      })
      return [name, consents]
    }),
  )
}

const QUESTIONS_PER_CONNECTION = 16
/** Octets. */
const LARGEST = 256 * 1024
