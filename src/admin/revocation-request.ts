import { isSha256Text } from '../codec/base64url.ts'
import { isJsonObject, type JsonObject, parseJsonObject } from '../codec/json.ts'
import { KINDS, type Revocation, type RevokedBy } from '../services/revocation/revocation-list.ts'

/** By issuer identifier: the longest that its tokens can live, in seconds; null: no bound is configured. */
export type TokenLifetimes = ReadonlyMap<string, number | null>

/**
 * Reads the body of `POST /revocations`: a JSON object with one of `token_hash`, `jti`, `sub` and `client_id`, the last
 * three with their `issuer`. Gives the entry, or every problem of it. `now` in Unix seconds.
 */
export function readRevocation(
  body: Buffer,
  lifetimes: TokenLifetimes,
  now: number,
): Revocation | readonly string[] {
  const given = parseJsonObject(body)
  if (given === undefined) return ['the body is not a JSON object, or names a member twice']
  const read = readEntry(given, lifetimes, now)
  if (!('by' in read)) return read
  const issuedBefore = isGroup(read.by) ? (read.issuedBefore ?? now) : null
  const until = read.until ?? lastExpiry(read.issuer, issuedBefore, lifetimes, now)
  return { ...read, issuedBefore, until }
}

/**
 * Reads an entry of a file, which counts for as long as it stands there, or until it says. Of a user or a client it must say until when
 * the tokens were issued that it means: at each reading of the file it is later.
 */
export function readKeptRevocation(
  given: unknown,
  lifetimes: TokenLifetimes,
  now: number,
): Revocation | readonly string[] {
  if (!isJsonObject(given)) return ['it is not an object']
  const { until = Number.MAX_SAFE_INTEGER, ...rest } = given
  const read = readEntry(rest, lifetimes, now)
  if (!('by' in read)) return read
  if (isGroup(read.by) && read.issuedBefore === null) return ['issued_before is missing']
  if (!isTime(until, 0, Number.MAX_SAFE_INTEGER)) return ['until must be whole Unix seconds']
  return { ...read, until: until as number }
}

/** What an entry says; null where it leaves something to whoever takes it. */
type Entry = Omit<Revocation, 'until'> & { readonly until: number | null }

function readEntry(given: JsonObject, lifetimes: TokenLifetimes, now: number): Entry | readonly string[] {
  const named = KINDS.filter((kind) => given[kind] !== undefined)
  const [by] = named
  if (by === undefined || named.length > 1) return [`exactly one of ${KINDS.join(', ')} says what is revoked`]
  const problems = [...problemsOf(given, by, lifetimes, now)]
  if (problems.length > 0) return problems
  return {
    by,
    issuer: by === 'token_hash' ? null : (given['issuer'] as string),
    value: given[by] as string,
    issuedBefore: (given['issued_before'] as number | undefined) ?? null,
    until: (given['until'] as number | undefined) ?? null,
  }
}

function* problemsOf(
  given: JsonObject,
  by: RevokedBy,
  lifetimes: TokenLifetimes,
  now: number,
): Iterable<string> {
  const { issuer, issued_before: issuedBefore, until } = given
  const value = given[by]
  const known = [
    by,
    'until',
    ...(by === 'token_hash' ? [] : ['issuer']),
    ...(isGroup(by) ? ['issued_before'] : []),
  ]
  for (const name of Object.keys(given)) {
    if (!known.includes(name))
      yield `${JSON.stringify(name.slice(0, 40))} has no place beside ${by}; ${known.join(', ')} do`
  }
  if (by === 'token_hash') {
    if (!isSha256Text(value)) yield 'token_hash must be the SHA-256 of the token in base64url, 43 characters'
  } else {
    if (typeof value !== 'string' || value === '' || value.length > LONGEST)
      yield `${by} must be a text of at most ${LONGEST} characters`
    // A name that no token bears would revoke nothing, and nobody would notice.
    if (typeof issuer !== 'string' || !lifetimes.has(issuer))
      yield `issuer ${issuer === undefined ? 'is missing; it is' : 'must be'} one of ${[...lifetimes.keys()].join(', ')}`
  }
  if (issuedBefore !== undefined && !isTime(issuedBefore, 0, now + AHEAD))
    yield `issued_before must be whole Unix seconds, at most ${AHEAD} s from now`
  if (until !== undefined && !isTime(until, now + 1, now + UNTIL_AT_MOST))
    yield 'until must be whole Unix seconds, later than now and within a year'
}

/** When every token that the entry can hit has expired: tokens issued before a moment live as long as their issuer lets them. */
function lastExpiry(
  issuer: string | null,
  issuedBefore: number | null,
  lifetimes: TokenLifetimes,
  now: number,
): number {
  const lifetime = issuer === null ? longest([...lifetimes.values()]) : (lifetimes.get(issuer) ?? null)
  return Math.max(now, issuedBefore ?? now) + (lifetime ?? UNBOUNDED) + AHEAD
}

function longest(lifetimes: readonly (number | null)[]): number | null {
  return lifetimes.reduce((most, each) => (most === null || each === null ? null : Math.max(most, each)), 0)
}

/** Whether it names tokens that are still to be issued as well, which must not be hit. */
function isGroup(by: RevokedBy): boolean {
  return by === 'sub' || by === 'client_id'
}

function isTime(value: unknown, least: number, most: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most
}

/** Characters. */
const LONGEST = 1024
/** Seconds that the clocks of issuers may be ahead of ours (FAPI2-SP §5.3.2.1(13)). */
const AHEAD = 60
/** Seconds, thirty days: how long an entry is kept where `max_token_lifetime` does not say how long tokens can live. */
const UNBOUNDED = 2_592_000
/** Seconds that `until` may lie ahead. */
const UNTIL_AT_MOST = 366 * 86_400
