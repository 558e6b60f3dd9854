import { createPublicKey, type KeyObject } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { calculateJwkThumbprint, exportJWK, type JWK } from 'jose'
import { isJsonObject } from '../codec/json.ts'
import { UsageProblem } from './command.ts'
import {
  algorithmFor,
  makeKey,
  type NewKey,
  newKeyLine,
  readPrivateKey,
  readText,
  sentence,
} from './key-file.ts'

/** An issuer that lives in a file. */
export interface ThrowAwayIssuer {
  readonly key: KeyObject
  readonly alg: string
  /** Thumbprint of its key (RFC 7638). */
  readonly kid: string
  /** What was written, in lines; empty where both files were there. */
  readonly news: string
}

/**
 * Reads the key of the issuer, or makes it where there is no such file, and writes its JWK set where that is missing.
 * Throws a UsageProblem where a file cannot be used, where its key is for another algorithm than was asked for, and where the
 * JWK set has the keys of somebody else.
 */
export async function throwAwayIssuer(
  keyFile: string,
  jwksFile: string | undefined,
  asked: NewKey | undefined,
): Promise<ThrowAwayIssuer> {
  const made = existsSync(keyFile)
    ? ''
    : await newKeyLine(keyFile, await makeKey('--issuer-key', keyFile, asked))
  const key = readPrivateKey('--issuer-key', keyFile)
  const jwk = await exportJWK(createPublicKey(key))
  const [alg, kid] = [algorithmFor(jwk), await calculateJwkThumbprint(jwk)]
  if (asked !== undefined && asked !== alg)
    throw new UsageProblem(`--issuer-key ${keyFile} is for ${alg}, not for ${asked}; name another file.`)
  const written = jwksFile === undefined ? '' : writeJwkSet(jwksFile, { ...jwk, kid, use: 'sig', alg })
  return { key, alg, kid, news: made + written }
}

/** RFC 7517 §5. */
function writeJwkSet(file: string, jwk: JWK & { readonly kid: string }): string {
  if (existsSync(file)) {
    // The keys of a real issuer may be in it.
    if (keyIds(file).includes(jwk.kid)) return ''
    throw new UsageProblem(
      `--jwks-file ${file} holds other keys than that of --issuer-key; name another file.`,
    )
  }
  try {
    writeFileSync(file, `${JSON.stringify({ keys: [jwk] }, null, 2)}\n`, { flag: 'wx' })
  } catch (problem) {
    throw new UsageProblem(`--jwks-file cannot be written: ${sentence(problem)}`)
  }
  return `${file} holds its public half, for jwks_file of the configuration\n`
}

function keyIds(file: string): readonly unknown[] {
  try {
    const set: unknown = JSON.parse(readText('--jwks-file', file))
    const keys = isJsonObject(set) ? set['keys'] : undefined
    return Array.isArray(keys) ? keys.filter(isJsonObject).map(({ kid }) => kid) : []
  } catch (problem) {
    if (problem instanceof UsageProblem) throw problem
    return []
  }
}
