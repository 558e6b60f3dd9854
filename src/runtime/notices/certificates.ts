import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { type CertificateFacts, certificatesIn, parseCertificate } from '../../codec/certificate.ts'
import { revocationListsIn } from '../../codec/revocation-list.ts'
import { type Fault, type Notice, type Path, pathText } from '../../config/problem.ts'
import type { UnixSeconds } from '../../domain/check.ts'
import type { Settings } from '../settings/settings.ts'

/** A certificate that the configuration names. */
interface Named {
  readonly path: Path
  readonly certificate: X509Certificate
  readonly facts: CertificateFacts
}

type Life = Pick<CertificateFacts, 'notBefore' | 'notAfter'>

interface Living {
  readonly path: Path
  readonly life: Life
}

/** What is wrong today with a certificate that we show: whoever we show it to will not take it. */
export function* certificateFaults(settings: Settings, now: UnixSeconds): Iterable<Fault> {
  for (const { path, facts } of shown(settings)) {
    const found = untimely(facts, now)
    if (found !== undefined)
      yield { path, expected: 'a certificate that is valid now', found: `one that ${found}` }
  }
}

/** What an operator should know of certificates before a client finds out. */
export function certificateNotices(settings: Settings, now: UnixSeconds): readonly Notice[] {
  const notices: Notice[] = []
  const say = (path: Path, says: string) => notices.push({ path, says })
  for (const { path, facts } of shown(settings)) {
    const found = untimely(facts, now)
    if (found !== undefined) say(path, `the certificate ${found}`)
    else if (isNearItsEnd(facts, now)) say(path, `the certificate ends on ${dayOf(facts.notAfter)}`)
  }
  for (const { path, facts } of trusted(settings)) {
    const found = untimely(facts, now)
    if (found !== undefined)
      say(path, `${facts.subject || NAMELESS} ${found}; no client that leads to it is let in`)
    else if (isNearItsEnd(facts, now, FAR)) {
      const end = dayOf(facts.notAfter)
      say(
        path,
        `${facts.subject || NAMELESS} ends on ${end}; no client that leads to it is let in from then on`,
      )
    }
  }
  const lists = revoking(settings)
  for (const { path, life, whose } of lists) {
    const found = untimely(life, now)
    const counts = lists.some((other) => other.whose === whose && untimely(other.life, now) === undefined)
    if (!counts) say(path, `a revocation list ${found}; no client of the authority that made it is let in`)
    else if (found === undefined && isNearItsEnd(life, now))
      say(path, `a revocation list ends on ${dayOf(life.notAfter)}`)
  }
  for (const { host, ...each } of unnamed(settings))
    say(
      each.path,
      `the certificate is not for ${host}, which \`public_origin\` names, but for ${namesOf(each)}`,
    )
  for (const { path } of notForServers(settings))
    say(
      path,
      'the certificate is not for servers: its extended key usage has no serverAuth; clients refuse it',
    )
  return notices
}

/** When each certificate that we show ends, in Unix seconds, by its path in the configuration. */
export function certificateEnds(settings: Settings): ReadonlyMap<string, UnixSeconds> {
  return new Map(shown(settings).map(({ path, facts }) => [pathText(path), facts.notAfter]))
}

/** When the first authority of clients in each file ends, in Unix seconds, by its path in the configuration. */
export function authorityEnds(settings: Settings): ReadonlyMap<string, UnixSeconds> {
  return firstEnds(trusted(settings).map(({ path, facts }) => ({ path, life: facts })))
}

/** When the first revocation list of each file ends, in Unix seconds, by its path in the configuration. */
export function revocationListEnds(settings: Settings): ReadonlyMap<string, UnixSeconds> {
  return firstEnds(revoking(settings))
}

function firstEnds(all: Iterable<Living>): ReadonlyMap<string, UnixSeconds> {
  const ends = new Map<string, UnixSeconds>()
  for (const { path, life } of all) {
    const place = pathText(path)
    ends.set(place, Math.min(life.notAfter, ends.get(place) ?? life.notAfter))
  }
  return ends
}

/** What we show to clients, and to whom we call: the first of each chain. */
function shown({ listeners, upstreams, askingKeys, consentMaterials, redis }: Settings): readonly Named[] {
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

/** What client certificates may lead to. */
function trusted({ listeners }: Settings): readonly Named[] {
  return listeners.flatMap(({ tls }, at) =>
    tls.clientCa.flatMap((pem, entry) => {
      const path = ['listeners', at, 'tls', 'client_ca', entry]
      return certificatesIn(pem).flatMap((each) => named(path, each))
    }),
  )
}

/** What tells which client certificates were revoked. */
function revoking({ listeners }: Settings): readonly (Living & { readonly whose: string })[] {
  return listeners.flatMap(({ tls }, at) =>
    tls.clientCrl.flatMap((pem, entry) =>
      revocationListsIn(pem).map(({ issuer, thisUpdate, nextUpdate }) => ({
        whose: `${at} ${issuer}`,
        path: ['listeners', at, 'tls', 'client_crl', entry],
        life: { notBefore: thisUpdate, notAfter: nextUpdate },
      })),
    ),
  )
}

function named(path: Path, pem: string | null): readonly Named[] {
  if (pem === null) return []
  const certificate = new X509Certificate(pem)
  const facts = parseCertificate(certificate.raw)
  return facts === undefined ? [] : [{ path, certificate, facts }]
}

function ofListener(at: number): Path {
  return ['listeners', at, 'tls', 'certificate']
}

/** Certificates of listeners that do not name a host under which clients come. */
function unnamed({ document, listeners }: Settings): readonly (Named & { readonly host: string })[] {
  return document.listeners.flatMap(({ public_origin: origins }, at) => {
    const hosts = new Set(origins.map((origin) => new URL(origin).hostname.replace(/^\[|\]$/g, '')))
    return named(ofListener(at), listeners[at]?.tls.certificate ?? null).flatMap((each) =>
      [...hosts].filter((host) => !isFor(each.certificate, host)).map((host) => ({ ...each, host })),
    )
  })
}

/** Certificates of listeners that say what they are for, and not for that; `anyExtendedKeyUsage` is not enough for OpenSSL. */
function notForServers({ listeners }: Settings): readonly Named[] {
  return listeners
    .flatMap(({ tls }, at) => named(ofListener(at), tls.certificate))
    .filter(({ certificate: { keyUsage } }) => keyUsage !== undefined && !keyUsage.includes(SERVER_AUTH))
}

function isFor(certificate: X509Certificate, host: string): boolean {
  return (isIP(host) > 0 ? certificate.checkIP(host) : certificate.checkHost(host)) !== undefined
}

export function untimely({ notBefore, notAfter }: Life, now: UnixSeconds): string | undefined {
  if (notAfter < now) return `ended on ${dayOf(notAfter)}`
  return notBefore > now ? `begins on ${dayOf(notBefore)}` : undefined
}

/** Those that live for days only are renewed in the last third of their life as others are in their last weeks. */
function isNearItsEnd({ notBefore, notAfter }: Life, now: UnixSeconds, within = NEAR): boolean {
  return notAfter - now < Math.min(within, (notAfter - notBefore) / 3)
}

/** `2026-11-26`, in UTC. */
export function dayOf(time: UnixSeconds): string {
  return new Date(time * 1000).toISOString().slice(0, 10)
}

function namesOf({ certificate, facts }: Named): string {
  const names = certificate.subjectAltName?.replaceAll(/DNS:|IP Address:/g, '')
  return (names ?? (facts.subject || NAMELESS)).slice(0, LONGEST)
}

/** RFC 5280 §4.2.1.12. */
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1'
export const NAMELESS = 'a certificate without a name'
/** Characters. */
const LONGEST = 200
/** Seconds. */
const NEAR = 14 * 86_400
/** Seconds; where an authority ends, all its clients must first have certificates of another. */
const FAR = 60 * 86_400
