import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { certificatesIn } from '../codec/certificate.ts'
import { type Fault, type Path, pathText } from '../config/problem.ts'
import type { UnixSeconds } from '../domain/check.ts'
import type { Settings } from './settings.ts'

/** A certificate that the configuration names. */
interface Named {
  readonly path: Path
  readonly certificate: X509Certificate
}

/** What is wrong today with a certificate that we show: whoever we show it to will not take it. */
export function* certificateFaults(settings: Settings, now: UnixSeconds): Iterable<Fault> {
  for (const { path, certificate } of shown(settings)) {
    const found = untimely(certificate, now)
    if (found !== undefined)
      yield { path, expected: 'a certificate that is valid now', found: `one that ${found}` }
  }
}

/** What an operator should know of certificates before a client finds out, one line each. */
export function certificateNotices(settings: Settings, now: UnixSeconds): readonly string[] {
  const notices: string[] = []
  const say = (path: Path, says: string) => notices.push(`${pathText(path)}: ${says}`)
  for (const { path, certificate } of shown(settings)) {
    const found = untimely(certificate, now)
    if (found !== undefined) say(path, `the certificate ${found}`)
    else if (isNearItsEnd(certificate, now)) say(path, `the certificate ends on ${day(endOf(certificate))}`)
  }
  for (const { path, certificate } of trusted(settings)) {
    const found = untimely(certificate, now)
    if (found !== undefined)
      say(path, `${oneLine(certificate.subject)} ${found}; no client that leads to it is let in`)
  }
  for (const { path, certificate, host } of unnamed(settings))
    say(
      path,
      `the certificate is not for ${host}, which \`public_origin\` names, but for ${namesOf(certificate)}`,
    )
  return notices
}

/** When each certificate that we show ends, in Unix seconds, by its path in the configuration. */
export function certificateEnds(settings: Settings): ReadonlyMap<string, UnixSeconds> {
  return new Map(shown(settings).map(({ path, certificate }) => [pathText(path), endOf(certificate)]))
}

/** What we show to clients, and to whom we call: the first of each chain. */
function shown({ listeners, upstreams, askingKeys, consentMaterials }: Settings): readonly Named[] {
  return [
    ...listeners.flatMap(({ tls }, at) => named(['listeners', at, 'tls', 'certificate'], tls.certificate)),
    ...[...upstreams].flatMap(([name, { certificate }]) =>
      named(['upstreams', name, 'certificate'], certificate),
    ),
    ...[...askingKeys].flatMap(([name, { certificate }]) =>
      named(['issuers', name, 'introspection', 'certificate'], certificate),
    ),
    ...[...consentMaterials].flatMap(([name, { certificate }]) =>
      named(['consents', name, 'certificate'], certificate),
    ),
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

function named(path: Path, pem: string | null): readonly Named[] {
  return pem === null ? [] : [{ path, certificate: new X509Certificate(pem) }]
}

/** Certificates of listeners that do not name a host under which clients come. */
function unnamed({ document, listeners }: Settings): readonly (Named & { readonly host: string })[] {
  return document.listeners.flatMap(({ public_origin: origins }, at) => {
    const certificate = new X509Certificate(listeners[at]?.tls.certificate ?? '')
    const hosts = new Set(origins.map((origin) => new URL(origin).hostname.replace(/^\[|\]$/g, '')))
    return [...hosts]
      .filter(
        (host) => (isIP(host) > 0 ? certificate.checkIP(host) : certificate.checkHost(host)) === undefined,
      )
      .map((host) => ({ path: ['listeners', at, 'tls', 'certificate'], certificate, host }))
  })
}

function untimely({ validFromDate, validToDate }: X509Certificate, now: UnixSeconds): string | undefined {
  if (validToDate.getTime() / 1000 < now) return `ended on ${day(validToDate.getTime() / 1000)}`
  if (validFromDate.getTime() / 1000 > now) return `begins on ${day(validFromDate.getTime() / 1000)}`
  return undefined
}

/** Those that live for days only are renewed in the last third of their life as others are in their last weeks. */
function isNearItsEnd(certificate: X509Certificate, now: UnixSeconds): boolean {
  const end = endOf(certificate)
  const life = end - certificate.validFromDate.getTime() / 1000
  return end - now < Math.min(NEAR, life / 3)
}

function endOf({ validToDate }: X509Certificate): UnixSeconds {
  return Math.floor(validToDate.getTime() / 1000)
}

function day(seconds: UnixSeconds): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10)
}

function namesOf({ subjectAltName, subject }: X509Certificate): string {
  return (subjectAltName?.replaceAll(/DNS:|IP Address:/g, '') ?? oneLine(subject)).slice(0, LONGEST)
}

/** Node has no subject where it is empty. */
function oneLine(subject: string | undefined): string {
  return subject?.replaceAll('\n', ', ') ?? 'a certificate without a name'
}

/** Characters. */
const LONGEST = 200
/** Seconds. */
const NEAR = 14 * 86_400
