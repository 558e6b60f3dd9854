import type { Revocable, Revocations } from '../../domain/ports.ts'

/** One thing that an operator has revoked. */
export interface Revocation {
  readonly by: RevokedBy
  /** `iss` of the tokens; null for a token by its hash. */
  readonly issuer: string | null
  readonly value: string
  /** Unix seconds: tokens with a later `iat` are not meant; null: every token is. */
  readonly issuedBefore: number | null
  /** Unix seconds: when the last token that it can hit has expired, and it hits no more. */
  readonly until: number
}

export type RevokedBy = (typeof KINDS)[number]

/** What it is that is revoked, whichever tokens of it are meant. */
export type RevokedThing = Pick<Revocation, 'by' | 'issuer' | 'value'>

/**
 * What operators have revoked, in memory: seen by the very next request, gone with the process. When it is full it says so;
 * it never makes room by forgetting an entry before its time. Nor is one forgotten at its time where there is room: a clock that was
 * ahead may be set back, and then it counts again.
 */
export class RevocationList implements Revocations {
  readonly limit: number
  readonly #onHit: (by: RevokedBy) => void
  readonly #kinds: readonly (readonly [RevokedBy, Map<string, Revocation>])[] = KINDS.map((by) => [
    by,
    new Map(),
  ])

  constructor(limit: number, onHit: (by: RevokedBy) => void) {
    this.limit = limit
    this.#onHit = onHit
  }

  hits(token: Revocable, now: number): boolean {
    for (const [by, entries] of this.#kinds) {
      if (entries.size === 0) continue
      const value = memberOf(token, by)
      const entry =
        value === null ? undefined : entries.get(keyOf(by === 'token_hash' ? null : token.issuer, value))
      if (entry === undefined || now >= entry.until || isYounger(token, entry)) continue
      this.#onHit(by)
      return true
    }
    return false
  }

  /** Adds an entry, or widens the one that is there already; gives what holds from now on, undefined where it is full. */
  add(entry: Revocation, now: number): Revocation | undefined {
    const isKnown = this.#of(entry.by).has(keyOf(entry.issuer, entry.value))
    if (!isKnown && this.size >= this.limit) this.#forget(now)
    return isKnown || this.size < this.limit ? this.#put(entry) : undefined
  }

  /** The same, all at once and whatever their number. */
  fill(entries: readonly Revocation[]): this {
    for (const entry of entries) this.#put(entry)
    return this
  }

  /** Holds exactly this of each, in place of what was there, all at once and whatever their number: what was decided elsewhere. */
  hold(entries: readonly Revocation[], now: number): void {
    for (const entry of entries) this.#of(entry.by).set(keyOf(entry.issuer, entry.value), entry)
    if (this.size > this.limit) this.#forget(now)
  }

  /** Takes an entry back; gives what held until now, undefined where there was none. */
  remove({ by, issuer, value }: RevokedThing): Revocation | undefined {
    const entries = this.#of(by)
    const key = keyOf(issuer, value)
    const known = entries.get(key)
    entries.delete(key)
    return known
  }

  /** Those that count. */
  entries(now: number): Revocation[] {
    return this.all().filter(({ until }) => until > now)
  }

  /** Those as well whose time is over. */
  all(): Revocation[] {
    return this.#kinds.flatMap(([, entries]) => [...entries.values()])
  }

  get size(): number {
    return this.#kinds.reduce((sum, [, entries]) => sum + entries.size, 0)
  }

  #put(entry: Revocation): Revocation {
    const entries = this.#of(entry.by)
    const key = keyOf(entry.issuer, entry.value)
    const known = entries.get(key)
    const holds = known === undefined ? entry : wider(known, entry)
    entries.set(key, holds)
    return holds
  }

  #of(by: RevokedBy): Map<string, Revocation> {
    return this.#kinds[KINDS.indexOf(by)]![1]
  }

  #forget(now: number): void {
    for (const [, entries] of this.#kinds) {
      for (const [key, { until }] of entries) if (now >= until) entries.delete(key)
    }
  }
}

/** A token without `iat` could have been issued at any time, so it is hit. The second itself counts as before, all parts of it. */
function isYounger({ claims: { iat } }: Revocable, { issuedBefore }: Revocation): boolean {
  return issuedBefore !== null && typeof iat === 'number' && Math.floor(iat) > issuedBefore
}

function memberOf(token: Revocable, by: RevokedBy): string | null {
  if (by === 'token_hash') return token.hash
  if (by === 'jti') return token.jti
  return by === 'sub' ? token.subject : token.clientId
}

function wider(one: Revocation, other: Revocation): Revocation {
  const { issuedBefore: first } = one
  const { issuedBefore: second } = other
  return {
    ...one,
    issuedBefore: first === null || second === null ? null : Math.max(first, second),
    until: Math.max(one.until, other.until),
  }
}

/** The separator occurs in no issuer of a configuration, and what follows it is taken whole. */
function keyOf(issuer: string | null, value: string): string {
  return `${issuer ?? ''}\n${value}`
}

export const KINDS = ['token_hash', 'jti', 'sub', 'client_id'] as const
