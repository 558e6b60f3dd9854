import { hash, type KeyObject } from 'node:crypto'
import { isJsonObject, type JsonObject } from '../../codec/json.ts'
import { algorithms } from '../../verify/jose/algorithms.ts'
import { importPublicKey, readPublicJwk } from '../../verify/jose/public-key.ts'
import { verifies } from '../../verify/jose/signature.ts'
import { thumbprint } from '../../verify/jose/thumbprint.ts'

/** What is wrong with the record of a message by itself, as the ends of sentences; none where it shows what it says. */
export function checkRecord(record: JsonObject): readonly string[] {
  const { signatures, digests, body } = record
  if (!Array.isArray(signatures)) return ['has no list of signatures']
  const faults = signatures.flatMap((each, at) =>
    checkSignature(each).map((fault) => `signature ${at + 1} ${fault}`),
  )
  return [...faults, ...checkDigests(digests, body)]
}

function checkSignature(signature: unknown): string[] {
  if (!isJsonObject(signature)) return ['is none']
  const { base, signature: text, algorithm: name, jwk, thumbprint: claimed } = signature
  if (typeof base !== 'string' || typeof text !== 'string') return ['is none']
  const algorithm = typeof name === 'string' ? algorithms.get(name) : undefined
  if (algorithm === undefined) return ['is by an algorithm that is not known']
  const read = readPublicJwk(jwk, algorithm)
  if (read === undefined) return ['has no usable key']
  const print = thumbprint(read)
  if (print !== claimed) return ['is by a key with another thumbprint']
  const key = known.get(print) ?? importPublicKey(read)
  if (key === undefined) return ['has no usable key']
  if (known.size >= KEYS_AT_MOST) known.clear()
  known.set(print, key)
  return verifies(algorithm, key, base, Buffer.from(text, 'base64')) ? [] : ['does not verify']
}

/** A body that was kept must be the one whose digest was computed. */
function checkDigests(digests: unknown, body: unknown): string[] {
  if (typeof body !== 'string' || !isJsonObject(digests)) return []
  const content = Buffer.from(body, 'base64')
  return Object.entries(digests).flatMap(([name, digest]) => {
    const function_ = FUNCTIONS[name]
    return function_ !== undefined && hash(function_, content, 'base64') !== digest
      ? [`has a body with another ${name} digest`]
      : []
  })
}

/** Keys come again and again, and importing one costs as much as half a verification. */
const known = new Map<string, KeyObject>()
const KEYS_AT_MOST = 10_000
const FUNCTIONS: { readonly [name: string]: string | undefined } = {
  'sha-256': 'sha256',
  'sha-512': 'sha512',
}
