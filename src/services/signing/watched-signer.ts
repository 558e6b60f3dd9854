import { createPublicKey, type KeyObject } from 'node:crypto'
import type { JsonObject } from '../../codec/json.ts'
import type { Signer, SigningAlgorithm } from '../../domain/ports.ts'
import { type Algorithm, algorithms } from '../../verify/jose/algorithms.ts'
import { verifies } from '../../verify/jose/signature.ts'
import { within } from '../within.ts'

/**
 * A signer that may be elsewhere. One that does not answer has failed, or each request would wait for it for good; so has one that answers
 * with what nobody could verify: another form of a signature, such as the DER of many a module, or one by another key that has the same
 * name there. One that has not answered several times in a row is away until it does; it is asked again now and then, and by one at a time.
 * That it refuses is no reason to: what is signed is in part a client's choice.
 */
export class WatchedSigner implements Signer {
  readonly keyId: string
  readonly algorithm: SigningAlgorithm
  readonly #signer: Signer
  readonly #jwk: JsonObject
  readonly #how: Algorithm
  /** Milliseconds that a signature may take. */
  readonly #patience: number
  #key: KeyObject | undefined
  #underWay = 0
  /** In a row. */
  #unanswered = 0
  #lastUnanswered = 0
  /** While it is away: it is asked in this turn of the event loop. An answer may bear several signatures. */
  #isTried = false

  constructor(signer: Signer, jwk: JsonObject, patience: number) {
    this.keyId = signer.keyId
    this.algorithm = signer.algorithm
    this.#signer = signer
    this.#jwk = jwk
    this.#how = algorithms.get(signer.algorithm) as Algorithm
    this.#patience = patience
  }

  get isAway(): boolean {
    return this.#unanswered >= UNANSWERED
  }

  get isBusy(): boolean {
    return this.#underWay >= BUSY
  }

  sign(octets: Uint8Array): Uint8Array | Promise<Uint8Array> {
    if (this.isAway && !this.#mayBeTried())
      return Promise.reject(new Error(`not asked: no answer ${this.#unanswered} times in a row`))
    // Neither these octets nor those of the signature need stay what they are: a module may use its memory again.
    const text = Buffer.from(octets).toString('latin1')
    const signature = this.#signer.sign(octets)
    return signature instanceof Uint8Array ? this.#verified(text, signature) : this.#awaited(text, signature)
  }

  #mayBeTried(): boolean {
    if (this.#isTried) return true
    if (this.#underWay > 0 || performance.now() - this.#lastUnanswered < REST) return false
    this.#isTried = true
    queueMicrotask(() => {
      this.#isTried = false
    })
    return true
  }

  async #awaited(text: string, signature: Promise<Uint8Array>): Promise<Uint8Array> {
    this.#underWay++
    try {
      const late = this.#verified(text, await within(signature, this.#patience, Unanswered))
      this.#unanswered = 0
      return late
    } catch (problem) {
      this.#unanswered = problem instanceof Unanswered ? this.#unanswered + 1 : 0
      this.#lastUnanswered = performance.now()
      throw problem
    } finally {
      this.#underWay--
    }
  }

  /** A copy, which nobody else has. */
  #verified(text: string, signature: Uint8Array): Uint8Array {
    const { signatureSize } = this.#how
    if (signatureSize !== null && signature.length !== signatureSize)
      throw new TypeError(
        `a signature of ${signature.length} octets where ${this.algorithm} has ${signatureSize}`,
      )
    const ours = Buffer.from(signature)
    this.#key ??= createPublicKey({ key: this.#jwk, format: 'jwk' })
    if (!verifies(this.#how, this.#key, text, ours))
      throw new TypeError('a signature that the published key does not verify')
    return ours
  }
}

class Unanswered extends Error {}

const UNANSWERED = 3
const BUSY = 16
/** Milliseconds. */
const REST = 1_000
