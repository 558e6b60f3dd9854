import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { parseBase64url } from '../../codec/base64url.ts'
import { CLOCKS_APART, type UnixSeconds } from '../../domain/check.ts'

/**
 * The nonces of this resource server (RFC 9449 §9). A nonce is the second it was issued in and an HMAC over it, so any
 * thread or replica that has the secret can judge it and nobody has to remember it. It is bound to no token: clients keep
 * nonces by origin (RFC 9449 §9).
 */
export class NonceMint {
  /** The first makes nonces, all are accepted; so a secret can be replaced without refusing anybody. */
  readonly #secrets: readonly string[]
  /** Keys of the last few hours, derived once. */
  readonly #keys = new Map<string, Buffer>()
  /** Nonces found to be ours, with their time: a client uses one for many proofs. */
  readonly #judged = new Map<string, UnixSeconds>()

  constructor(secrets: readonly string[]) {
    this.#secrets = secrets
  }

  /** One whose secret nobody else has, another start included. */
  static unshared(): NonceMint {
    return new NonceMint([randomBytes(32).toString('base64url')])
  }

  /** A nonce issued at that time: 22 octets, base64url, so NQCHAR alone (RFC 9449 §8.1). */
  issue(time: UnixSeconds): string {
    const octets = Buffer.alloc(TIME)
    octets.writeUIntBE(time, 0, TIME)
    return Buffer.concat([octets, this.#seal(this.#secrets[0] as string, time)]).toString('base64url')
  }

  /** When a nonce was issued, Unix seconds; undefined where it is none of ours. Its age is the caller's to judge. */
  issuedAt(nonce: unknown): UnixSeconds | undefined {
    if (typeof nonce !== 'string' || nonce.length !== LENGTH) return undefined
    const known = this.#judged.get(nonce)
    if (known !== undefined) return known
    const octets = parseBase64url(nonce)
    if (octets === undefined) return undefined
    const issued = octets.readUIntBE(0, TIME)
    const seal = octets.subarray(TIME)
    if (!this.#secrets.some((secret) => timingSafeEqual(seal, this.#seal(secret, issued)))) return undefined
    if (this.#judged.size >= JUDGED_AT_MOST) this.#judged.clear()
    this.#judged.set(nonce, issued)
    return issued
  }

  #seal(secret: string, issued: UnixSeconds): Buffer {
    const hour = Math.floor(issued / HOUR)
    return createHmac('sha256', this.#key(secret, hour)).update(`${issued}`).digest().subarray(0, SEAL)
  }

  /** A key of its own for each hour and for this purpose: what leaks of one says nothing of the next. */
  #key(secret: string, hour: number): Buffer {
    const name = `${hour} ${secret}`
    const known = this.#keys.get(name)
    if (known !== undefined) return known
    const key = createHmac('sha256', secret).update(`${PURPOSE} ${hour}`).digest()
    if (this.#keys.size >= KEYS_AT_MOST) this.#keys.clear()
    this.#keys.set(name, key)
    return key
  }
}

/** Where the nonces of a resource server come from. */
export interface NonceSource {
  readonly mint: NonceMint
  /** What `mint` issued earlier is refused: proofs that were spent with it are not remembered. */
  readonly since: UnixSeconds
  /**
   * Issues until then, with a secret that nobody had before this start. The second of a start is not over, and another
   * process may have issued nonces in it, and spent proofs: the time alone cannot tell those from ours.
   */
  readonly early: NonceMint
  /**
   * A proof with a nonce of before then may have been spent by it, so it is judged by that also where none is asked for. Infinity where
   * the ledger is that of replicas, which may ask for nonces or have done so: what is spent there outlives every start.
   */
  readonly datesBefore: UnixSeconds
}

/** How a route uses nonces. */
export interface NonceRules extends NonceSource {
  /** `optional`: a proof with a nonce is judged by it, one without by its `iat`. */
  readonly mode: 'off' | 'optional' | 'required'
  /** Seconds that a nonce is good. */
  readonly age: number
}

/** How long a nonce is good on a route: where none is asked for, for no longer than a proof is by its `iat`. All in the same unit. */
export function nonceLife(mode: NonceRules['mode'], age: number, maxAge: number): number {
  return mode === 'off' ? Math.min(age, maxAge) : age
}

/** A nonce for a client of this route. */
export function freshNonce({ mint, early, since }: NonceSource, now: UnixSeconds): string {
  return (now < since ? early : mint).issue(now)
}

/** When the nonce of a proof was issued, where it is good now. Replicas' clocks may differ by a little. */
export function nonceTime(nonce: unknown, rules: NonceRules, now: UnixSeconds): UnixSeconds | undefined {
  const byAll = rules.mint.issuedAt(nonce)
  const issued = byAll !== undefined && byAll >= rules.since ? byAll : rules.early.issuedAt(nonce)
  if (issued === undefined) return undefined
  return issued < now - rules.age || issued > now + CLOCKS_APART ? undefined : issued
}

/**
 * Whether a proof with this nonce may have been spent by it, though none is asked for here. What the nonce says of its time will do, whoever
 * sealed it: the client signed it with the proof.
 */
export function isOfBefore(nonce: unknown, { datesBefore }: NonceSource): boolean {
  if (typeof nonce !== 'string' || nonce.length !== LENGTH) return false
  const octets = parseBase64url(nonce)
  return octets !== undefined && octets.readUIntBE(0, TIME) < datesBefore
}

/** RFC 9449 §8.2: a fresh nonce is sent ahead when less than a third of the life of the one used is left. */
export function isAlmostOver(issued: UnixSeconds, rules: NonceRules, now: UnixSeconds): boolean {
  return (now - issued) * 3 > rules.age * 2
}

/** Apart from the authorization server's nonces, which are another space (RFC 9449 §9). */
const PURPOSE = 'holdfast dpop nonce resource'
const TIME = 6
const SEAL = 16
/** Base64url characters of 22 octets. */
const LENGTH = 30
const HOUR = 3600
const KEYS_AT_MOST = 64
const JUDGED_AT_MOST = 4096
