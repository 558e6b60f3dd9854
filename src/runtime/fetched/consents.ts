import type { ConsentSource, SaidOfConsent } from '../../domain/ports.ts'
import { Consents } from '../../services/consent/consents.ts'
import { consentMemory } from '../../services/consent/memory.ts'
import type { PassedAnswer } from '../../services/http/answers.ts'
import { httpsDoor } from '../../services/http/door.ts'
import { QUESTIONS_PER_CONNECTION } from '../../services/http/questions.ts'
import type { Log } from '../../services/log/log.ts'
import type { ControlMetrics } from '../../services/metrics/control-metrics.ts'
import { elapsed } from '../clock.ts'
import { Kept } from '../kept.ts'
import type { ConsentMaterials } from '../settings/consents.ts'
import type { Settings } from '../settings/settings.ts'
import { sources } from './sources.ts'

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

  async answer(
    source: string,
    id: string,
    clientId: string | null,
  ): Promise<PassedAnswer<SaidOfConsent> | undefined> {
    return this.#services.get(source)?.answer(id, clientId)
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
      memo: consentMemory(document.caches.consents),
      clock: elapsed,
      onAnswer: (outcome, problem) => {
        this.#metrics.consent(name, outcome)
        if (problem !== null) this.#log.warn('consent not fetched', { service: name, problem })
      },
    })
  }
}

/** Octets. */
const LARGEST = 256 * 1024
