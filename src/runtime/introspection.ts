import { withBothNames } from '../config/compile.ts'
import type { IssuerDocument } from '../config/document.ts'
import type { IntrospectionSource, KeySource } from '../domain/ports.ts'
import { httpsDoor } from '../services/http/door.ts'
import { jsonFetcher } from '../services/http/json.ts'
import { authenticator, isByCertificate } from '../services/introspection/authentication.ts'
import { discoverEndpoint } from '../services/introspection/endpoint.ts'
import { Introspector } from '../services/introspection/introspector.ts'
import { type Question, question } from '../services/introspection/question.ts'
import type { Log } from '../services/log/log.ts'
import { boundedMemo } from '../services/memo/lru.ts'
import type { Metrics } from '../services/metrics/metrics.ts'
import { allow } from '../verify/jose/algorithms.ts'
import type { VerificationKey } from '../verify/jose/jwk-set.ts'
import { unixNow } from './clock.ts'
import type { AskingKeys, Settings } from './settings.ts'

/** Whoever is to be asked about tokens, by the issuer's name in the configuration. */
export function openIntrospection(
  { document, issuerCa, askingKeys }: Settings,
  keysOf: (issuer: string) => KeySource<VerificationKey>,
  log: Log,
  metrics: Metrics,
): ReadonlyMap<string, IntrospectionSource> {
  const sources = new Map<string, IntrospectionSource>()
  for (const [name, keys] of askingKeys) {
    const issuer = document.issuers[name] as IssuerDocument
    const { cache, negative_cache: negativeCache, max_connections: connections } = issuer.introspection!
    sources.set(
      name,
      new Introspector({
        question: questionOf(issuer, keys, issuerCa.get(name), keysOf(name)),
        cache,
        negativeCache,
        questions: connections * QUESTIONS_PER_CONNECTION,
        active: boundedMemo(document.caches.introspected_tokens),
        inactive: boundedMemo(Math.ceil(document.caches.introspected_tokens / 5)),
        clock: () => performance.now(),
        onAnswer: (outcome, problem) => {
          metrics.introspection(name, outcome)
          if (problem !== null) log.warn('token not introspected', { issuer: name, problem })
        },
      }),
    )
  }
  return sources
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
      ca,
      ...(certificate === null || privateKey === null ? {} : { certificate, privateKey }),
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
      issuer,
    ),
    kind,
    rules: {
      issuer,
      algorithms: allow(withBothNames(algorithms)),
      keys,
      recipients: new Set([clientId, ...audience]),
      now: unixNow,
    },
    within,
  })
}

const QUESTIONS_PER_CONNECTION = 16
/** Octets. */
const LARGEST = 64 * 1024
