import type { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { type Fault, type Notice, type Path, pathText } from '../../config/problem.ts'
import type { UnixSeconds } from '../../domain/check.ts'
import type { Settings } from '../settings/settings.ts'
import { dayOf, firstEnds, isNearItsEnd, untimely } from './lives.ts'
import { type NamedCertificate, named, trustedBy } from './named-certificates.ts'

/** What is wrong today with a certificate that we show: whoever we show it to will not take it. */
export function* certificateFaults(settings: Settings, now: UnixSeconds): Iterable<Fault> {
  for (const { path, facts } of shown(settings)) {
    const found = untimely(facts, now)
    if (found !== undefined)
      yield { path, expected: 'a certificate that is valid now', found: `one that ${found}` }
  }
}

/** What an operator should know of certificates before a client finds out. */
export function* certificateNotices(settings: Settings, now: UnixSeconds): Iterable<Notice> {
  for (const { path, facts } of shown(settings)) {
    const found = untimely(facts, now)
    if (found !== undefined) yield { path, says: `the certificate ${found}` }
    else if (isNearItsEnd(facts, now))
      yield { path, says: `the certificate ends on ${dayOf(facts.notAfter)}` }
  }
  for (const { path, facts, subject } of settings.listeners.flatMap(trustedBy)) {
    const found = untimely(facts, now)
    if (found !== undefined) yield { path, says: `${subject} ${found}; ${SHUT_OUT}` }
    else if (isNearItsEnd(facts, now, FAR))
      yield { path, says: `${subject} ends on ${dayOf(facts.notAfter)}; ${SHUT_OUT} from then on` }
  }
  yield* unfitNotices(settings)
}

/** When each certificate that we show ends, in Unix seconds, by its path in the configuration. */
export function certificateEnds(settings: Settings): ReadonlyMap<string, UnixSeconds> {
  return new Map(shown(settings).map(({ path, facts }) => [pathText(path), facts.notAfter]))
}

/** When the first authority of clients in each file ends, in Unix seconds, by its path in the configuration. */
export function authorityEnds({ listeners }: Settings): ReadonlyMap<string, UnixSeconds> {
  return firstEnds(listeners.flatMap(trustedBy).map(({ path, facts }) => ({ path, life: facts })))
}

/** What we show to clients, and to whom we call: the first of each chain. */
function shown({
  listeners,
  upstreams,
  askingKeys,
  consentMaterials,
  redis,
}: Settings): readonly NamedCertificate[] {
  return [
    ...listeners.flatMap(({ tls }, at) => named(ofListener(at), tls.certificate)),
    ...[...upstreams].flatMap(([name, { certificate }]) =>
      named(['upstreams', name, 'certificate'], certificate),
    ),
    ...[...askingKeys].flatMap(([name, { certificate }]) =>
      named(['issuers', name, 'introspection', 'certificate'], certificate),
    ),
    ...[...consentMaterials].flatMap(([name, { certificate }]) =>
      named(['consents', name, 'certificate'], certificate),
    ),
    ...named(['replay', 'redis', 'certificate'], redis?.certificate ?? null),
  ]
}

function ofListener(at: number): Path {
  return ['listeners', at, 'tls', 'certificate']
}

/** What keeps clients from taking the certificate of a listener, however long it lives. */
function* unfitNotices({ document, listeners }: Settings): Iterable<Notice> {
  for (const [at, { public_origin: origins }] of document.listeners.entries()) {
    const hosts = new Set(origins.map((origin) => new URL(origin).hostname.replace(/^\[|\]$/g, '')))
    for (const { path, certificate, subject } of named(ofListener(at), listeners[at]!.tls.certificate)) {
      for (const host of hosts) {
        if (isFor(certificate, host)) continue
        const names = namesOf(certificate) ?? subject
        const says = `the certificate is not for ${host}, which \`public_origin\` names, but for ${names.slice(0, LONGEST)}`
        yield { path, says }
      }
      // `anyExtendedKeyUsage` is not enough for OpenSSL.
      if (certificate.keyUsage?.includes(SERVER_AUTH) === false) yield { path, says: NOT_FOR_SERVERS }
    }
  }
}

function isFor(certificate: X509Certificate, host: string): boolean {
  return (
    (isIP(host) > 0 ? certificate.checkIP(host) : certificate.checkHost(host, { subject: 'never' })) !==
    undefined
  )
}

function namesOf({ subjectAltName }: X509Certificate): string | undefined {
  return subjectAltName?.replaceAll(/DNS:|IP Address:/g, '')
}

/** RFC 5280 §4.2.1.12. */
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1'
/** Characters. */
const LONGEST = 200
const SHUT_OUT = 'no client that leads to it is let in'
const NOT_FOR_SERVERS =
  'the certificate is not for servers: its extended key usage has no serverAuth; clients refuse it'
/** Seconds; where an authority ends, all its clients must first have certificates of another. */
const FAR = 60 * 86_400
