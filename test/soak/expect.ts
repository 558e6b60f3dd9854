import { codeOf } from '../support/wire-client.ts'
import type { Excuses } from './excuses.ts'
import { ECHO, SAFE, uuidOf } from './marks.ts'
import { type Got, NO_CONNECTION, type Wanted } from './wire.ts'
import type { World } from './world.ts'

/** Of a request that must pass: it did, or what it needs was away; anything else is held against the gateway. */
export function expectPassed(
  { book, excuses }: World,
  kind: string,
  wanted: Wanted,
  got: Got,
  { since, needs, octets }: { since: number; needs: readonly string[]; octets: number },
): void {
  const outcome = outcomeOf(got)
  book.came(kind, outcome)
  expectOwn(book, kind, wanted, got)
  if (outcome === '200') {
    if (got.octets !== octets)
      book.violated('an answer is not as long as it was sent', describe(kind, wanted, got))
    const taken = got.fields.get('x-soak-got')
    if (taken !== String(wanted.octets ?? 0))
      book.violated('a body did not arrive as it was sent', `${taken} ${describe(kind, wanted, got)}`)
    return
  }
  if (ALWAYS_EXCUSED.has(outcome) || got.fault === NO_CONNECTION) return
  if (needs.some((what) => isExcused(excuses, what, { wanted, outcome, since }))) return
  // HTTP/1.1 closes behind an answer that comes before the body is whole, and a client that writes on may not see it (RFC 9112 §9.6).
  if (got.status === 0 && wanted.version === '1.1' && wanted.octets !== null)
    book.unseen.set(uuidOf(wanted.id), describe(kind, wanted, got))
  else book.violated(`what must pass did not: ${outcome}`, describe(kind, wanted, got))
}

/** Of a request that must be refused: it was, or its connection was closed. */
export function expectRefused({ book }: World, kind: string, wanted: Wanted, got: Got): void {
  const outcome = outcomeOf(got)
  book.came(kind, outcome)
  expectOwn(book, kind, wanted, got)
  if (got.status >= 200 && got.status < 400)
    book.violated('what must be refused was answered', describe(kind, wanted, got))
  // Nobody asks an upstream, were it away, before the request was admitted.
  if (outcome.startsWith('UPSTREAM_'))
    book.violated('what must be refused was let through', describe(kind, wanted, got))
}

/** Whatever the answer, it is to this request. */
export function expectOwn(book: World['book'], kind: string, wanted: Wanted, got: Got): void {
  const { id, fields } = wanted
  if (got.status === 0) {
    if (got.fault === 'no end in time' || got.fault?.includes('aborted due to timeout'))
      book.violated('a request was neither answered nor closed', describe(kind, wanted, got))
    return
  }
  const echo = got.fields.get(ECHO)
  const interaction = got.fields.get('x-fapi-interaction-id')
  const sent = fields[fields.indexOf('x-fapi-interaction-id') + 1]
  if (interaction !== sent || sent !== uuidOf(id))
    book.violated("another's answer", `interaction ${interaction} for ${id} ${describe(kind, wanted, got)}`)
  if (echo !== undefined && (echo !== id || !got.isTiled))
    book.violated("another's answer", `${echo} for ${id} ${describe(kind, wanted, got)}`)
}

/** The code of a refusal, else the status; with an answer that is not whole, `cut` and what it began as. */
export function outcomeOf(got: Got): string {
  if (got.fault !== null) return got.status === 0 ? `closed: ${got.fault}` : `cut ${got.status}`
  return got.status < 400 ? String(got.status) : (codeOf(got.text) ?? String(got.status))
}

function describe(kind: string, { id }: Wanted, got: Got): string {
  return `${kind} ${id}: ${got.status} ${outcomeOf(got)}, ${got.octets} octets, ${got.fault ?? 'whole'} ${got.text.slice(0, 300)}`
}

interface Failed {
  readonly wanted: Wanted
  readonly outcome: string
  /** When it was sent. */
  readonly since: number
}

/** Whether it failed for want of something that was away; of what is back nothing is left but what could not be sent again. */
function isExcused(excuses: Excuses, what: string, { wanted, outcome, since }: Failed): boolean {
  const away = AWAY[what]
  if (away?.test(outcome) !== true) return false
  if (away !== UPSTREAM_AWAY || excuses.wasAway(what, since)) return excuses.covers(what, since)
  // It met a connection of before, whose end the gateway had not seen: a safe one is sent again (RFC 9110 §9.2.2).
  const isSentAgain = SAFE.has(wanted.method) && wanted.octets === null
  return outcome === 'UPSTREAM_BROKEN' && !isSentAgain && excuses.covers(what, since)
}

/** Whether an honest request may have been answered so, at a moment that is not known any more. */
export function mayBeAnswered(code: string): boolean {
  return ALWAYS_EXCUSED.has(code) || Object.values(AWAY).some((away) => away.test(code))
}

/** A gateway that has too much to do may say so. */
const ALWAYS_EXCUSED: ReadonlySet<string> = new Set(['OVERLOADED'])
const UPSTREAM_AWAY = /^(?:UPSTREAM_(?:UNREACHABLE|BROKEN|TIMEOUT|BUSY)|cut 200)$/
/** What a request may be told where something is away that it needs. */
const AWAY: { readonly [what: string]: RegExp } = {
  accounts: UPSTREAM_AWAY,
  payments: UPSTREAM_AWAY,
  issuer: /^TOKEN_KEYS?_\w+$/,
  introspection: /^TOKEN_INTROSPECTION_UNAVAILABLE$/,
}
