import { subjectText } from '../../codec/distinguished-name.ts'
import { revocationListsIn } from '../../codec/revocation-list.ts'
import type { Fault, Notice, Path } from '../../config/problem.ts'
import type { UnixSeconds } from '../../domain/check.ts'
import type { ListenerSettings } from '../../gateway/listener.ts'
import type { Settings } from '../settings/settings.ts'
import { dayOf, firstEnds, isNearItsEnd, type Life, untimely } from './lives.ts'
import { trustedBy } from './named-certificates.ts'

/** A list that tells which client certificates were revoked. */
interface RevocationList {
  readonly path: Path
  readonly life: Life
  /** The authority that made it, as `subjectText` has it. */
  readonly issuer: string
}

/** Authorities of clients whose every revocation list has ended, or is still to begin. Of one that has ended itself nobody misses it. */
export function* revocationListFaults({ listeners }: Settings, now: UnixSeconds): Iterable<Fault> {
  for (const [at, listener] of listeners.entries()) {
    const known = listsByAuthority(listener, at)
    for (const { certificate, facts, subject } of trustedBy(listener, at)) {
      const lists = known.get(subjectText(certificate.raw) ?? '') ?? []
      const last = lists.at(-1)
      if (last === undefined || anyCounts(lists, now) || untimely(facts, now) !== undefined) continue
      const found = `one of ${subject} that ${untimely(last.life, now)}`
      yield { path: last.path, expected: 'a revocation list that counts now', found }
    }
  }
}

/**
 * Lists that end, and authorities of clients without a list where others have one: where there is any, a chain must have one for each
 * of its authorities (RFC 5280 §6.3.3; X509_V_FLAG_CRL_CHECK_ALL of OpenSSL, which Node sets).
 */
export function* revocationListNotices({ listeners }: Settings, now: UnixSeconds): Iterable<Notice> {
  for (const [at, listener] of listeners.entries()) {
    const known = listsByAuthority(listener, at)
    for (const lists of known.values()) yield* endNotices(lists, now)
    if (known.size === 0) continue
    for (const { path, certificate, subject } of trustedBy(listener, at)) {
      if (known.has(subjectText(certificate.raw) ?? '')) continue
      yield {
        path,
        says: `there is no list of ${subject} in \`client_crl\`; no client that leads to it is let in`,
      }
    }
  }
}

/** When the first revocation list of each file ends, in Unix seconds, by its path in the configuration. */
export function revocationListEnds({ listeners }: Settings): ReadonlyMap<string, UnixSeconds> {
  return firstEnds(listeners.flatMap(listsOf))
}

function* endNotices(lists: readonly RevocationList[], now: UnixSeconds): Iterable<Notice> {
  const isAnyGood = anyCounts(lists, now)
  for (const { path, life } of lists) {
    const found = untimely(life, now)
    if (!isAnyGood)
      yield { path, says: `a revocation list ${found}; no client of the authority that made it is let in` }
    else if (found === undefined && isNearItsEnd(life, now))
      yield { path, says: `a revocation list ends on ${dayOf(life.notAfter)}` }
  }
}

/** One list that counts is enough for its authority. */
function anyCounts(lists: readonly RevocationList[], now: UnixSeconds): boolean {
  return lists.some(({ life }) => untimely(life, now) === undefined)
}

function listsByAuthority(
  listener: Pick<ListenerSettings, 'tls'>,
  at: number,
): ReadonlyMap<string, readonly RevocationList[]> {
  return Map.groupBy(listsOf(listener, at), ({ issuer }) => issuer)
}

function listsOf({ tls }: Pick<ListenerSettings, 'tls'>, at: number): readonly RevocationList[] {
  return tls.clientCrl.flatMap((pem, entry) =>
    revocationListsIn(pem).map(({ issuer, thisUpdate, nextUpdate }) => ({
      path: ['listeners', at, 'tls', 'client_crl', entry],
      life: { notBefore: thisUpdate, notAfter: nextUpdate },
      issuer,
    })),
  )
}
