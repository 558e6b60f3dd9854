import type { Document, RouteDocument } from '../../config/document.ts'
import type { UnixSeconds } from '../../domain/check.ts'
import { widestSkew } from '../ledger.ts'

/** What can come once: proofs, and the signatures of requests that come without one. */
type Spent = 'proofs' | 'signatures'

/**
 * Of what says that it was made earlier the ledger may know nothing that the configuration could use. It stays where it is while a
 * `clock_skew` changes, or a proof that was judged by its nonce would be judged by its `iat` next, or the other way round.
 */
export type Since = Readonly<Record<Spent | 'nonces', UnixSeconds>>

/** What came until then may have been made by a clock that is ahead, by as much as any route of these allows. */
export function sinceThen(then: UnixSeconds, ...documents: readonly Document[]): Since {
  const made = then + Math.max(...documents.map(widestSkew))
  return { nonces: then, proofs: made, signatures: made }
}

/**
 * Whether a proof could have been spent by its `iat` and be judged by its nonce now, or the other way round: it would then
 * be looked for in another table of the ledger than the one it stands in. A request may fall to another route than before,
 * so every change of the paths counts where both ways are in use.
 */
export function changesProofTimes(before: Document, after: Document): boolean {
  const [old, next] = [waysOf(before), waysOf(after)]
  const ways = new Set([...old, ...next].map(({ byNonce }) => byNonce))
  return ways.size > 1 && textOf(old) !== textOf(next)
}

/**
 * Of what kinds a request that passed before may come once now, and nobody has noted that it came. Routes that are new, or
 * enforce or verify more than they did, count where what was asked of them may have gone to one that notes less.
 */
export function beginsToSpend(before: Document, after: Document): Record<Spent, boolean> {
  const begins = (kind: Spent) => {
    const old = before.routes.map((route) => noting(kind, route, before))
    const known = new Map(old.map(({ place, noted }) => [place, noted]))
    const begun = after.routes
      .map((route) => noting(kind, route, after))
      .filter(({ place, noted }) => noted !== null && known.get(place) !== noted)
    return [...new Set(begun.map(({ noted }) => noted))].some((wanted) => {
      const meets = meeting(old.filter(({ noted }) => noted !== wanted).map(({ stem }) => stem))
      return begun.some(({ stem, noted }) => noted === wanted && meets(stem))
    })
  }
  return { proofs: begins('proofs'), signatures: begins('signatures') }
}

function noting(kind: Spent, route: RouteDocument, document: Document) {
  // What stands before the first part of a path that may be anything.
  const stem = route.path.replace(/[*{].*$/s, '')
  return { place: textOf([placeOf(route)]), stem, noted: notedOf(kind, route, document) }
}

/** Which of an admitted request are remembered, so that they cannot come again; null: none are. */
function notedOf(kind: Spent, { require, enforce }: RouteDocument, document: Document): string | null {
  if (require === undefined || enforce === 'shadow') return null
  if (kind === 'proofs') return 'all'
  if (require.signature === undefined) return null
  const profile = document.signature_profiles[require.signature]
  return profile?.request === 'off' ? null : JSON.stringify(profile?.request ?? 'fapi2')
}

function placeOf({ path, hosts, methods }: RouteDocument) {
  return { path, hosts, methods }
}

/** Tells whether one request may fit a path and one of these: whether one of the two begins with the other. */
function meeting(stems: readonly string[]): (stem: string) => boolean {
  const whole = new Set(stems)
  const beginnings = new Set(stems.flatMap(beginningsOf))
  return (stem) => beginnings.has(stem) || beginningsOf(stem).some((each) => whole.has(each))
}

function beginningsOf(stem: string): string[] {
  return Array.from({ length: stem.length + 1 }, (_, length) => stem.slice(0, length))
}

function waysOf({ routes }: Document) {
  return routes.flatMap((route) =>
    route.require === undefined ? [] : [{ ...placeOf(route), byNonce: route.require.dpop.nonce !== 'off' }],
  )
}

function textOf(ways: readonly object[]): string {
  return ways
    .map((way) => JSON.stringify(way))
    .sort()
    .join()
}
