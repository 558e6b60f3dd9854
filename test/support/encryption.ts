import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CompactEncrypt } from 'jose'
import type { Members } from './jws.ts'

/** A key pair that tokens are encrypted for. */
export interface EncryptionKey {
  readonly kid: string
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

export type EncryptionKeyKind = 'RSA' | 'RSA-4096' | 'P-256' | 'P-521' | 'X25519'

export function anEncryptionKey(kind: EncryptionKeyKind, kid = `enc-${kind}`): EncryptionKey {
  return { kid, ...generate(kind) }
}

/** A JWE around a token, as a nested JWT (RFC 7519 §5.2) but for the changes; undefined takes a member away. */
export async function encrypted(token: string, key: EncryptionKey, changes: Members = {}): Promise<string> {
  const usual = key.publicKey.asymmetricKeyType === 'rsa' ? 'RSA-OAEP-256' : 'ECDH-ES+A256KW'
  const header = { alg: usual, enc: 'A256GCM', cty: 'JWT', kid: key.kid, ...changes }
  const written = Object.fromEntries(Object.entries(header).filter(([, value]) => value !== undefined))
  return new CompactEncrypt(Buffer.from(token))
    .setProtectedHeader(written as { alg: string; enc: string })
    .encrypt(key.publicKey)
}

/** The same with all of its authentication tag replaced: the end of one can be by chance what it is replaced with. */
export function withOtherTag(token: string): string {
  const start = token.lastIndexOf('.') + 1
  return token.slice(0, start) + 'A'.repeat(token.length - start)
}

/** Writes the private key as PEM into a folder of its own; gives the file's path. */
export async function writtenKey({ privateKey }: { readonly privateKey: KeyObject }): Promise<string> {
  const file = join(await mkdtemp(join(tmpdir(), 'holdfast-key-')), 'key.pem')
  await writeFile(file, privateKey.export({ type: 'pkcs8', format: 'pem' }))
  return file
}

function generate(kind: EncryptionKeyKind): { publicKey: KeyObject; privateKey: KeyObject } {
  if (kind === 'RSA') return generateKeyPairSync('rsa', { modulusLength: 2048 })
  if (kind === 'RSA-4096') return generateKeyPairSync('rsa', { modulusLength: 4096 })
  return kind === 'X25519' ? generateKeyPairSync('x25519') : generateKeyPairSync('ec', { namedCurve: kind })
}
