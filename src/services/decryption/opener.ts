import type { KeyObject } from 'node:crypto'
import { compactDecrypt, decodeProtectedHeader } from 'jose'
import type { Memo, TokenOpener } from '../../domain/ports.ts'
import { contentEncryption, keyManagement } from '../../verify/jose/encryption.ts'
import { CommonPlaces } from '../common-places.ts'

/** A private key that tokens are encrypted for. */
export interface DecryptionKey {
  readonly kid: string
  readonly kty: 'RSA' | 'ECDH'
  readonly key: KeyObject
}

/**
 * Opens JWEs off the event loop. What came out is kept just long enough for the decision to ask again: a verified token
 * is known and never gets here. Anybody can make us try, so only so many are under way at once, and fewer because of one asker.
 */
export class IssuerTokenOpener implements TokenOpener {
  readonly #keys: readonly DecryptionKey[]
  /** What a token was found to hold, by its hash; null: no key opens it. */
  readonly #memo: Memo<string, string | null>
  readonly #underWay = new Map<string, Promise<boolean>>()
  readonly #places = new CommonPlaces(AT_ONCE)

  constructor(keys: readonly DecryptionKey[], memo: Memo<string, string | null>) {
    this.#keys = keys
    this.#memo = memo
  }

  knows(kid: string): boolean {
    return this.#keys.some((key) => key.kid === kid)
  }

  opened(hash: string): string | null | undefined {
    return this.#memo.get(hash)
  }

  open(hash: string, token: string, asker?: string): Promise<boolean> {
    const known = this.#underWay.get(hash)
    if (known !== undefined) return known
    const client = asker ?? null
    if (this.#places.isFullFor(client)) return Promise.resolve(false)
    this.#places.take(client)
    const opening = this.#tryKeys(token).then((text) => {
      this.#memo.set(hash, text)
      this.#underWay.delete(hash)
      this.#places.give(client)
      return true
    })
    this.#underWay.set(hash, opening)
    return opening
  }

  async #tryKeys(token: string): Promise<string | null> {
    for (const { key } of this.#candidates(token)) {
      try {
        const { plaintext } = await compactDecrypt(token, key, OPTIONS)
        return Buffer.from(plaintext).toString('latin1')
      } catch {
        // Another of the keys may open it.
      }
    }
    return null
  }

  /** The named key, where we have it; else all of the algorithm's type, for servers that name none. */
  #candidates(token: string): readonly DecryptionKey[] {
    try {
      const { kid, alg } = decodeProtectedHeader(token)
      const fitting = this.#keys.filter(({ kty }) => kty === keyManagement.get(alg as string))
      const named = fitting.filter((key) => key.kid === kid)
      return named.length > 0 ? named : fitting.slice(0, TRIES)
    } catch {
      return []
    }
  }
}

const OPTIONS = {
  keyManagementAlgorithms: [...keyManagement.keys()],
  contentEncryptionAlgorithms: [...contentEncryption],
  /** RFC 8725 §3.6: nothing compressed. */
  maxDecompressedLength: 0,
}
/** A quarter, which is for one asker, is more than what one connection asks at the same moment. */
const AT_ONCE = 1_024
const TRIES = 4
