import type { Document } from '../../config/document.ts'
import { boundedMemo } from '../../domain/memo.ts'
import type { ConsentSource } from '../../domain/ports.ts'
import { Consents } from '../../services/consent/consents.ts'
import type { PassedConsent } from '../../services/consent/replica.ts'
import { httpsDoor } from '../../services/http/door.ts'
import type { Log } from '../../services/log/log.ts'
import type { Materials } from '../../services/materials/materials.ts'
import type { ControlMetrics } from '../../services/metrics/control-metrics.ts'
import type { TlsMaterials } from '../../services/tls/outbound.ts'
import { elapsed } from '../clock.ts'
import { Kept } from '../kept.ts'
import type { Settings } from '../settings/settings.ts'
import { readTlsFiles } from '../settings/tls-files.ts'
import { sources } from './sources.ts'

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
      token: token === undefined ? null : materials.secret(token, ['consents', name, 'token_file']),
    })
  }
  return read
}

/** Whoever is to be asked about consents: one for all threads, so that its bounds hold for all of them together. */
export class ConsentServices {
  readonly #services = new Kept<Consents>()
  readonly #log: Log
  readonly #metrics: ControlMetrics

  constructor(log: Log, metrics: ControlMetrics) {
    this.#log = log
    this.#metrics = metrics
  }

  add(settings: Settings): void {
    for (const name of settings.consentMaterials.keys())
      this.#services.obtain(sources.consents(settings, name), () => this.#open(settings, name))
  }

  /** Lets go of all that this configuration does not need. */
  keep(settings: Settings): void {
    const names = [...settings.consentMaterials.keys()].map((name) => sources.consents(settings, name))
    this.#services.retireAllBut(new Set(names))
  }

  of(settings: Settings, name: string): ConsentSource {
    return this.#services.get(sources.consents(settings, name)) as ConsentSource
  }

  async answer(source: string, id: string): Promise<PassedConsent | undefined> {
    return this.#services.get(source)?.answer(id)
  }

  stop(): void {
    this.#services.close()
  }

  #open({ document, consentMaterials }: Settings, name: string): Consents {
    const { token, ...tls } = consentMaterials.get(name) as ConsentMaterials
    const { url, cache, timeout, max_connections: connections } = document.consents[name]!
    return new Consents({
      send: httpsDoor({
        ...tls,
        connections,
        within: timeout,
        largest: LARGEST,
      }),
      url: url as string,
      authorization: token === null ? null : `Bearer ${token}`,
      cache,
      questions: connections * QUESTIONS_PER_CONNECTION,
      memo: boundedMemo(document.caches.consents),
      clock: elapsed,
      onAnswer: (outcome, problem) => {
        this.#metrics.consent(name, outcome)
        if (problem !== null) this.#log.warn('consent not fetched', { service: name, problem })
      },
    })
  }
}

const QUESTIONS_PER_CONNECTION = 16
/** Octets. */
const LARGEST = 256 * 1024
