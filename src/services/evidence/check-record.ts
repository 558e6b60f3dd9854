import { hash, type KeyObject } from 'node:crypto'
import { isJsonObject, type JsonObject } from '../../codec/json.ts'
import { parseDictionary } from '../../codec/structured-field.ts'
import { algorithms } from '../../verify/jose/algorithms.ts'
import { importPublicKey, readPublicJwk } from '../../verify/jose/public-key.ts'
import { verifies } from '../../verify/jose/signature.ts'
import { thumbprint } from '../../verify/jose/thumbprint.ts'

/** What is wrong with the record of a message by itself, as the ends of sentences; none where it shows what it says. */
export function checkRecord(record: JsonObject): readonly string[] {
  const { signatures, digests, body } = record
  if (!Array.isArray(signatures)) return ['has no list of signatures']
  const faults = signatures.flatMap((each, at) =>
    [...checkSignature(each), ...checkCovered(each, record)].map((fault) => `signature ${at + 1} ${fault}`),
  )
  return [...faults, ...checkDigests(digests, body)]
}

/** The same of a signature alone, whatever stands beside it. */
export function checkSignature(signature: unknown): readonly string[] {
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

/** What a signature covers must be what is written down: whoever computes all hashes anew can make no other signature. */
function checkCovered(signature: unknown, record: JsonObject): string[] {
  if (!isJsonObject(signature)) return []
  const covered = new Map(String(signature['base']).split('\n').map(componentIn))
  const others = toldBy(record).flatMap(([component, member, written]) =>
    [`"${component}"`, `"${component}";req`].some((each) => (covered.get(each) ?? written) !== written)
      ? `covers another ${member}`
      : [],
  )
  const told = [...new Set(others)]
  // With a refusal it is the answer that is kept, and the client has signed the request.
  const isOfAnother = record['kind'] === 'refusal' && signature['by'] !== 'gateway'
  return isOfAnother
    ? told
    : [...told, ...CONTENT.flatMap((component) => checkContent(covered.get(component), record))]
}

/** Components (RFC 9421 §2.2), with the members of a record that say the same, and what they then hold. A request target has several forms. */
function toldBy({ method, target, status }: JsonObject): (readonly [string, string, string])[] {
  const [, authority, path, query = '?'] = TARGET.exec(String(target)) ?? []
  return [
    ['@method', 'method', String(method)],
    ['@target-uri', 'target', String(target)],
    ['@authority', 'target', String(authority)],
    ['@path', 'target', String(path)],
    ['@query', 'target', query],
    // A request has none yet.
    ...(status === null ? [] : [['@status', 'status', String(status)] as const]),
  ]
}

/** The line of a signature base that has a component as it came (RFC 9421 §2.5). */
function componentIn(line: string): readonly [identifier: string, value: string] {
  const end = line.indexOf(': ')
  return [line.slice(0, end), line.slice(end + 2)]
}

/** By `Content-Digest` (RFC 9530 §2). */
function checkContent(field: string | undefined, { digests, body }: JsonObject): string[] {
  return [...(parseDictionary(field ?? '')?.members ?? [])].flatMap(([name, member]) => {
    if (!FUNCTIONS.has(name)) return []
    const kept = digestOf(name, body) ?? (isJsonObject(digests) ? digests[name] : undefined)
    const covered = member.kind === 'item' && member.bare.type === 'binary' ? member.bare.value : undefined
    return kept === undefined || kept === covered?.toString('base64') ? [] : [`covers another ${name} digest`]
  })
}

/** A body that was kept must be the one whose digest was computed. */
function checkDigests(digests: unknown, body: unknown): string[] {
  if (!isJsonObject(digests)) return []
  return Object.entries(digests).flatMap(([name, digest]) =>
    (digestOf(name, body) ?? digest) === digest ? [] : [`has a body with another ${name} digest`],
  )
}

/** Undefined where the body was not kept, or nothing is known by this name. */
function digestOf(name: string, body: unknown): string | undefined {
  const function_ = FUNCTIONS.get(name)
  if (typeof body !== 'string' || function_ === undefined) return undefined
  return hash(function_, Buffer.from(body, 'base64'), 'base64')
}

/** Keys come again and again, and importing one costs as much as half a verification. */
const known = new Map<string, KeyObject>()
const KEYS_AT_MOST = 10_000
const FUNCTIONS: ReadonlyMap<string, string> = new Map([
  ['sha-256', 'sha256'],
  ['sha-512', 'sha512'],
])
/** What a component of `Content-Digest` is called (RFC 9421 §2.1, §2.1.1). */
const CONTENT = ['"content-digest"', '"content-digest";sf'] as const
const TARGET = /^https:\/\/([^/]*)([^?]*)(\?.*)?$/
