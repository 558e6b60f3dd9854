import type { Document, RouteDocument } from '../../config/document.ts'
import type { UnixSeconds } from '../../domain/check.ts'

/** What can come only once: proofs, and the signatures of requests that come without one. */
type Spent = 'proofs' | 'signatures'

/**
 * Of what says that it was made earlier the ledger may know nothing that the configuration could use. It stays where it is while a
 * `clock_skew` changes, or a proof that was judged by its nonce would be judged by its `iat` next, or the other way round.
 */
export type Since = Readonly<Record<Spent | 'nonces', UnixSeconds>>

/** What came until then may have been made by a clock that was ahead, by so many seconds at most. */
export function sinceThen(then: UnixSeconds, ahead: number): Since {
  const made = then + ahead
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
 * Of what kinds a request that passed before may come only once now, and nobody has noted that it came. Requests find another route
 * than before where theirs is gone, or where one is new or enforces or verifies more than it did.
 */
export function beginsToSpend(before: Document, after: Document): Record<Spent, boolean> {
  const begins = (kind: Spent) => {
    const old = before.routes.map((route) => noting(kind, route, before))
    const next = after.routes.map((route) => noting(kind, route, after))
    const known = new Map(old.map(({ place, noted }) => [place, noted]))
    const places = new Set(next.map(({ place }) => place))
    const gone = old.filter(({ place }) => !places.has(place))
    return [...new Set(next.map(({ noted }) => noted))].some((wanted) => {
      if (wanted === null) return false
      const wanting = next.filter(({ noted }) => noted === wanted)
      const begun = wanting.filter(({ place }) => known.get(place) !== wanted)
      const isOther = ({ noted }: Noting) => noted !== wanted
      return anyMeet(begun, old.filter(isOther)) || anyMeet(wanting, gone.filter(isOther))
    })
  }
  return { proofs: begins('proofs'), signatures: begins('signatures') }
}

interface Noting {
  readonly place: string
  /** What stands before the first part of a path that may be anything. */
  readonly stem: string
  readonly noted: string | null
}

function noting(kind: Spent, route: RouteDocument, document: Document): Noting {
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

/** Whether one request may fit a path of both: whether one of the two begins with the other. */
function anyMeet(some: readonly Noting[], others: readonly Noting[]): boolean {
  const whole = new Set(others.map(({ stem }) => stem))
  const beginnings = new Set([...whole].flatMap(beginningsOf))
  return some.some(({ stem }) => beginnings.has(stem) || beginningsOf(stem).some((each) => whole.has(each)))
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
