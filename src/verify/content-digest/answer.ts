import { combinedValue } from '../../codec/field-scan.ts'
import { parseDictionary } from '../../codec/structured-field.ts'
import type { DigestAlgorithm } from '../../domain/held-body.ts'

/**
 * The algorithm for the digest of an answer: the one that the request's `Want-Content-Digest` prefers (RFC 9530 §4), else
 * sha-256. It is a hint: a malformed one, or one that accepts nothing that we have, is passed over.
 */
export function wantedAlgorithm(fields: readonly string[]): DigestAlgorithm {
  const text = combinedValue(fields, 'want-content-digest')
  if (text === null) return 'sha-256'
  const wanted = parseDictionary(text)?.members
  const weightOf = (name: DigestAlgorithm) => {
    const member = wanted?.get(name)
    const isWeight = member?.kind === 'item' && member.bare.type === 'integer'
    return isWeight && member.bare.value >= 0 && member.bare.value <= 10 ? member.bare.value : 0
  }
  return weightOf('sha-512') > weightOf('sha-256') ? 'sha-512' : 'sha-256'
}

/** A value of `Content-Digest` or `Repr-Digest`; `digest` in base64. */
export function digestField(algorithm: DigestAlgorithm, digest: string): string {
  return `${algorithm}=:${digest}:`
}

/** What a refusal for want of a good digest tells the client to send next time (RFC 9530 §4). */
export const WANT_CONTENT_DIGEST = 'sha-512=3, sha-256=10'
