import { createPublicKey, type KeyObject } from 'node:crypto'
import { isAmong } from '../../codec/authority.ts'
import type { JsonObject } from '../../codec/json.ts'
import type { UnixSeconds } from '../../domain/check.ts'
import type { Signer, SignerSource, SigningAlgorithm } from '../../domain/ports.ts'
import { type Algorithm, algorithms } from '../../verify/jose/algorithms.ts'
import { signatureOf } from '../../verify/jose/sign.ts'
import { WatchedSigner } from './watched-signer.ts'

/** A key of ours with what the configuration says of it. An HSM or a KMS comes in here: another `signer`, the same rest. */
export interface SigningKey {
  readonly signer: Signer
  /** Public JWK with `kid`, `alg` and `use`. */
  readonly jwk: JsonObject
  /** Authorities in normal form, or hosts for every port of theirs; null: all. */
  readonly hosts: readonly string[] | null
  readonly signFrom: UnixSeconds | null
  readonly signUntil: UnixSeconds | null
}

/** A private key that is held in this process, as a signer; the key must fit the algorithm. */
export class LocalSigner implements Signer {
  readonly keyId: string
  readonly algorithm: SigningAlgorithm
  readonly sign: (octets: Uint8Array) => Uint8Array

  constructor(keyId: string, algorithm: SigningAlgorithm, key: KeyObject) {
    this.keyId = keyId
    this.algorithm = algorithm
    const how = algorithms.get(algorithm) as Algorithm
    this.sign = (octets) => signatureOf(how, key, octets)
  }
}

/** The public part of a key as it is published (RFC 7517 §4). */
export function publishedJwk(keyId: string, alg: SigningAlgorithm, key: KeyObject): JsonObject {
  return { ...createPublicKey(key).export({ format: 'jwk' }), kid: keyId, alg, use: 'sig' }
}

/** All keys of ours: which of them signs, and what others verify with. */
export class SigningKeys {
  readonly #keys: readonly SigningKey[]

  /** `patience`: milliseconds that a signature may take. */
  constructor(keys: readonly SigningKey[], patience = PATIENCE) {
    this.#keys = keys.map((key) => {
      // What was published is the public half of that one itself.
      if (key.signer instanceof LocalSigner) return key
      return { ...key, signer: new WatchedSigner(key.signer, key.jwk, patience) }
    })
  }

  /** JWK set (RFC 7517 §5): every key, those whose turn is to come or is over too, or signatures could not be verified. */
  get jwks(): { readonly keys: readonly JsonObject[] } {
    return { keys: this.#keys.map(({ jwk }) => jwk) }
  }

  /** The public key by its name. */
  published(keyId: string): JsonObject | undefined {
    return this.#keys.find(({ signer }) => signer.keyId === keyId)?.jwk
  }

  /** The keys that sign for a route: those that it names, else those of the host, else those that are for all hosts. */
  source(named: readonly string[] | null): SignerSource {
    const ours = named === null ? null : this.#keys.filter(({ signer }) => named.includes(signer.keyId))
    const forAll = this.#keys.filter(({ hosts }) => hosts === null)
    const keysFor = (authority: string) => {
      const own = ours ?? this.#keys.filter(({ hosts }) => hosts !== null && isAmong(authority, hosts))
      return ours !== null || own.length > 0 ? own : forAll
    }
    return {
      current: (authority, now) => whoseTurn(keysFor(authority), now)?.signer,
      algorithms: (authority) => [...new Set(keysFor(authority).map(({ signer }) => signer.algorithm))],
    }
  }
}

/** The one whose turn began last; of several that began together, the first in the file. */
function whoseTurn(keys: readonly SigningKey[], now: UnixSeconds): SigningKey | undefined {
  let found: SigningKey | undefined
  for (const key of keys) {
    if ((key.signFrom ?? 0) > now || (key.signUntil ?? Number.POSITIVE_INFINITY) <= now) continue
    if (found === undefined || (key.signFrom ?? 0) > (found.signFrom ?? 0)) found = key
  }
  return found
}

/** Milliseconds. */
const PATIENCE = 5_000
