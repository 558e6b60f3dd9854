import type { IssuerDocument } from '../../config/document.ts'
import { boundedMemo, type MemoCounts } from '../../domain/memo.ts'
import type { Introspected, IntrospectionSource, KeySource } from '../../domain/ports.ts'
import type { PassedAnswer } from '../../services/http/answers.ts'
import { httpsDoor } from '../../services/http/door.ts'
import { jsonFetcher } from '../../services/http/json.ts'
import { QUESTIONS_PER_CONNECTION } from '../../services/http/questions.ts'
import { authenticator, isByCertificate } from '../../services/introspection/authentication.ts'
import { discoverEndpoint } from '../../services/introspection/endpoint.ts'
import { Introspector } from '../../services/introspection/introspector.ts'
import { type Question, question } from '../../services/introspection/question.ts'
import type { TokenAnswersOptions } from '../../services/introspection/token-answers.ts'
import type { Log } from '../../services/log/log.ts'
import type { ControlMetrics } from '../../services/metrics/control-metrics.ts'
import { allow, withBothNames } from '../../verify/jose/algorithms.ts'
import type { VerificationKey } from '../../verify/jose/jwk-set.ts'
import { elapsed, unixNow } from '../clock.ts'
import { Kept } from '../kept.ts'
import type { AskingKeys, Settings } from '../settings/settings.ts'
import { sources } from './sources.ts'

/** Whoever is to be asked about tokens: one for all threads, so that its bounds hold for all of them together. */
export class Introspection {
  readonly #introspectors = new Kept<Introspector>()
  readonly #keys: (settings: Settings, issuer: string) => KeySource<VerificationKey>
  readonly #log: Log
  readonly #metrics: ControlMetrics

  constructor(
    keys: (settings: Settings, issuer: string) => KeySource<VerificationKey>,
    log: Log,
    metrics: ControlMetrics,
  ) {
    this.#keys = keys
    this.#log = log
    this.#metrics = metrics
  }

  add(settings: Settings): void {
    for (const name of settings.askingKeys.keys())
      this.#introspectors.obtain(sources.introspection(settings, name), () => this.#open(settings, name))
  }

  /** Lets go of all that this configuration does not need. */
  keep(settings: Settings): void {
    const names = [...settings.askingKeys.keys()].map((name) => sources.introspection(settings, name))
    this.#introspectors.retireAllBut(new Set(names))
  }

  /** Null where the issuer's tokens are verified here. */
  of(settings: Settings, name: string): IntrospectionSource | null {
    if (!settings.askingKeys.has(name)) return null
    return this.#introspectors.get(sources.introspection(settings, name)) ?? null
  }

  async answer(
    source: string,
    token: string,
    tokenHash: string,
    asker?: string,
  ): Promise<PassedAnswer<Introspected> | undefined> {
    return this.#introspectors.get(source)?.answer(token, tokenHash, unixNow(), asker)
  }

  stop(): void {
    this.#introspectors.close()
  }

  #open(settings: Settings, name: string): Introspector {
    const { document, askingKeys, issuerCa } = settings
    const issuer = document.issuers[name] as IssuerDocument
    const { cache, negative_cache: negativeCache, max_connections: connections } = issuer.introspection!
    return new Introspector({
      question: questionOf(
        issuer,
        askingKeys.get(name) as AskingKeys,
        issuerCa.get(name),
        this.#keys(settings, name),
        document.evidence !== undefined,
      ),
      cache,
      negativeCache,
      questions: connections * QUESTIONS_PER_CONNECTION,
      ...answerMemory(settings),
      onAnswer: (outcome, problem) => {
        this.#metrics.introspection(name, outcome)
        if (problem !== null) this.#log.warn('token not introspected', { issuer: name, problem })
      },
    })
  }
}

/** Where answers about tokens are remembered: in the thread that asks, and in each that serves. */
export function answerMemory({ document }: Settings, counts?: MemoCounts): TokenAnswersOptions {
  const { introspected_tokens: entries } = document.caches
  return {
    active: boundedMemo(entries, { counts }),
    inactive: boundedMemo(Math.ceil(entries / 5)),
    clock: elapsed,
  }
}

/** Whether the issuer's keys are needed at all: an answer in JSON is signed by nobody. */
export function needsKeys({ introspection }: IssuerDocument): boolean {
  return introspection === undefined || introspection.response !== 'json'
}

function questionOf(
  { issuer, audience, algorithms, introspection, metadata_url: url, metadata_issuer: named }: IssuerDocument,
  { certificate, privateKey }: AskingKeys,
  ca: string | undefined,
  keys: KeySource<VerificationKey>,
  keeps: boolean,
): Question {
  const {
    client_id: clientId,
    client_auth: method,
    timeout: within,
    endpoint,
    response: kind,
  } = introspection!
  const fetchJson = jsonFetcher(ca)
  const byCertificate = isByCertificate(method)
  return question({
    send: httpsDoor({
      ...{ ca: ca ?? null, certificate, privateKey },
      connections: introspection!.max_connections,
      within,
      largest: LARGEST,
    }),
    endpoint: async () =>
      endpoint ?? (await discoverEndpoint(issuer, byCertificate, fetchJson, { url, issuer: named })),
    authenticate: authenticator(
      {
        method,
        clientId,
        secret: introspection!.client_secret ?? null,
        privateKey,
        keyId: introspection!.key_id ?? null,
      },
      named ?? issuer,
    ),
    kind,
    rules: {
      issuer,
      algorithms: allow(withBothNames(algorithms)),
      keys,
      keeps,
      recipients: new Set([clientId, ...audience]),
      now: unixNow,
    },
    within,
  })
}

/** Octets. */
const LARGEST = 64 * 1024
