import type { KeyObject } from 'node:crypto'
import { isJsonObject, type JsonObject } from '../../codec/json.ts'
import { type Algorithm, algorithms } from './algorithms.ts'
import { importPublicKey, readPublicJwk, sameAlgorithm } from './public-key.ts'
import { thumbprint } from './thumbprint.ts'

/** A published key that may verify signatures. */
export interface VerificationKey {
  readonly kid: string | null
  /** What the publisher said it is for; null: any algorithm of its type. */
  readonly alg: string | null
  readonly kty: Algorithm['kty']
  readonly crv: string | null
  readonly key: KeyObject
  /** The one issuer that it signs for, or a template of it, where the set has keys of several; null: it does not say. */
  readonly issuer: string | null
  /** RFC 7638, SHA-256. */
  readonly thumbprint: string
  /** Equal for one and the same entry of two editions of a set. */
  readonly identity: string
}

/**
 * The usable keys of a JWK set (RFC 7517 §5): entries for other uses, symmetric, private, weak or malformed ones are
 * passed over, as §5 orders for what is not understood. Undefined where the document is no JWK set.
 */
export function readJwkSet(document: unknown): readonly VerificationKey[] | undefined {
  return entriesOf(document)?.flatMap((entry) => readEntry(entry) ?? [])
}

/** The names that a set has for more than one key, whatever they are for (FAPI2-SP §5.4.2(3) has none). */
export function namesTwice(document: unknown): readonly string[] {
  const kids = entriesOf(document)?.map(({ kid }) => kid) ?? []
  const named = kids.filter((kid) => typeof kid === 'string')
  return [...new Set(named.filter((kid, at) => named.indexOf(kid) !== at))]
}

/** Whether this key may verify this algorithm (RFC 8725 §3.1; RFC 7517 §4.4). */
export function suits(key: VerificationKey, algorithm: Algorithm): boolean {
  if (key.kty !== algorithm.kty || key.crv !== algorithm.crv) return false
  return key.alg === null || sameAlgorithm(key.alg, algorithm.name)
}

function entriesOf(document: unknown): readonly JsonObject[] | undefined {
  const keys = isJsonObject(document) ? document['keys'] : undefined
  return Array.isArray(keys) ? keys.slice(0, KEYS_AT_MOST).filter(isJsonObject) : undefined
}

function readEntry(entry: JsonObject): VerificationKey | undefined {
  const { alg, kid, crv, issuer } = entry
  if (alg !== undefined && typeof alg !== 'string') return undefined
  if (kid !== undefined && typeof kid !== 'string') return undefined
  if (issuer !== undefined && typeof issuer !== 'string') return undefined
  const algorithm = alg === undefined ? algorithmOf(entry['kty'], crv) : algorithms.get(alg)
  if (algorithm === undefined) return undefined
  const jwk = readPublicJwk(entry, algorithm)
  const key = jwk === undefined ? undefined : importPublicKey(jwk)
  if (jwk === undefined || key === undefined) return undefined
  const digest = thumbprint(jwk)
  return {
    kid: kid ?? null,
    alg: alg ?? null,
    kty: algorithm.kty,
    crv: algorithm.crv,
    key,
    issuer: issuer ?? null,
    thumbprint: digest,
    identity: `${digest} ${alg ?? ''} ${kid ?? ''} ${issuer ?? ''}`,
  }
}

/** Any algorithm of the key's type will do to read it. */
function algorithmOf(kty: unknown, crv: unknown): Algorithm | undefined {
  for (const algorithm of algorithms.values()) {
    if (algorithm.kty === kty && (algorithm.crv === null || algorithm.crv === crv)) return algorithm
  }
  return undefined
}

const KEYS_AT_MOST = 100
