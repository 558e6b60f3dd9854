import { createHash, hash } from 'node:crypto'
import type { DigestAlgorithm } from '../../domain/held-body.ts'

/** Computes the digests of content as it arrives, so that judging it costs nothing when it is whole. */
export interface ContentHasher {
  add(part: Buffer): void
  /** Once: of all that was added. */
  digests(): ReadonlyMap<DigestAlgorithm, Buffer>
}

export function contentHasher(algorithms: readonly DigestAlgorithm[]): ContentHasher {
  const hashes = algorithms.map((name) => [name, createHash(HASHES[name])] as const)
  return {
    add: (part) => {
      for (const [, hash] of hashes) hash.update(part)
    },
    digests: () => new Map(hashes.map(([name, hash]) => [name, hash.digest()])),
  }
}

/** The digest of content that is all there, in base64. */
export function contentDigest(algorithm: DigestAlgorithm, parts: readonly Buffer[]): string {
  const name = HASHES[algorithm]
  const [whole] = parts
  if (whole !== undefined && parts.length === 1) return hash(name, whole, 'base64')
  const digest = createHash(name)
  for (const part of parts) digest.update(part)
  return digest.digest('base64')
}

/** Their names in OpenSSL. */
const HASHES: Readonly<Record<DigestAlgorithm, string>> = { 'sha-256': 'sha256', 'sha-512': 'sha512' }
