import type { KeyObject } from 'node:crypto'
import { parseJsonPart } from '../../codec/compact-jws.ts'
import { ownText } from '../../codec/own-text.ts'
import type { Denial } from '../../domain/denial.ts'
import { boundedMemo, type MemoCounts } from '../../domain/memo.ts'
import type { Memo } from '../../domain/ports.ts'
import { TextMap } from '../../domain/text-map.ts'
import type { Algorithm } from '../jose/algorithms.ts'
import { hasPrivatePart, importPublicKey, type PublicJwk, readPublicJwk } from '../jose/public-key.ts'
import { thumbprint } from '../jose/thumbprint.ts'
import { D } from './denials.ts'

/** What the header of a proof says: the key it is made with, and how. */
export class ProofKey {
  /** The whole header, as it is written. */
  readonly header: string
  readonly alg: string
  /** RFC 7638. */
  readonly jkt: string
  readonly #jwk: PublicJwk
  #key: KeyObject | undefined

  constructor(header: string, alg: string, jwk: PublicJwk) {
    this.header = header
    this.alg = alg
    this.jkt = thumbprint(jwk)
    this.#jwk = jwk
  }

  /** Handed to OpenSSL when it is first asked for; undefined where that does not take it. */
  get key(): KeyObject | undefined {
    this.#key ??= importPublicKey(this.#jwk)
    return this.#key
  }
}

/** Keys by their thumbprint, room for so many. */
export function knownKeys(entries: number, counts?: MemoCounts): Memo<string, ProofKey> {
  return boundedMemo<string, ProofKey>(entries, { generation: () => new TextMap(), counts })
}

/** Checks the header of a proof as it is written; the numbers are the items of RFC 9449 §4.3. */
export function readProofKey(text: string, algorithms: ReadonlyMap<string, Algorithm>): ProofKey | Denial {
  const header = parseJsonPart(text)
  if (header === undefined) return D.DPOP_MALFORMED // 2
  const { typ, crit, b64, alg, jwk } = header
  if (typ !== 'dpop+jwt') return D.DPOP_TYP // 4
  if (crit !== undefined || b64 !== undefined) return D.DPOP_CRITICAL
  const algorithm = typeof alg === 'string' ? algorithms.get(alg) : undefined
  if (algorithm === undefined) return D.DPOP_ALG // 5
  if (hasPrivatePart(jwk)) return D.DPOP_PRIVATE_KEY // 7
  const key = readPublicJwk(jwk, algorithm)
  return key === undefined ? D.DPOP_JWK : new ProofKey(ownText(text), algorithm.name, key) // 3
}
