import { createPublicKey, verify } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Signer } from '../../../src/domain/ports.ts'
import { LocalSigner, publishedJwk } from '../../../src/services/signing/signing-keys.ts'
import { WatchedSigner } from '../../../src/services/signing/watched-signer.ts'
import { aKey, freshKey } from '../../support/keys.ts'

const { privateKey } = aKey('ES256', 'signing')
const OCTETS = Buffer.from('octets to be signed')
const PATIENCE = 5_000
const NOT_ASKED = /^not asked: no answer \d+ times in a row$/

const here = new LocalSigner('k', 'ES256', privateKey)

/** As `SigningKeys` watches it. */
function watched(sign: Signer['sign']): WatchedSigner {
  const signer: Signer = { keyId: 'k', algorithm: 'ES256', sign }
  return new WatchedSigner(signer, publishedJwk('k', 'ES256', privateKey), PATIENCE)
}

function isGood(octets: Uint8Array, signature: Uint8Array): boolean {
  return verify('sha256', octets, { key: createPublicKey(privateKey), dsaEncoding: 'ieee-p1363' }, signature)
}

describe('what a signer gives', () => {
  it('is refused where the published key does not verify it, given at once or later', async () => {
    const other = new LocalSigner('k', 'ES256', freshKey('ES256').privateKey)
    const wrong = 'a signature that the published key does not verify'
    expect(() => watched((octets) => other.sign(octets)).sign(OCTETS)).toThrow(wrong)
    await expect(watched(async (octets) => other.sign(octets)).sign(OCTETS)).rejects.toThrow(wrong)
  })

  it.each([
    ['at once', (signature: Uint8Array) => signature],
    ['later', async (signature: Uint8Array) => signature],
  ])('%s is ours alone: memory that it uses again changes nothing', async (_, given) => {
    const memory = new Uint8Array(64)
    const signer = watched((octets) => {
      memory.set(here.sign(octets))
      return given(memory)
    })
    const [one, other] = ['one', 'other'].map((text) => Buffer.from(text)) as [Buffer, Buffer]
    const first = await signer.sign(one)
    const second = await signer.sign(other)
    expect([isGood(one, first), isGood(other, second)]).toEqual([true, true])
  })

  it('is refused where it is of other octets than were to be signed, which the signer has changed', async () => {
    const signer = watched(async (octets) => here.sign(octets.fill(0)))
    await expect(signer.sign(Buffer.from('octets'))).rejects.toThrow('does not verify')
  })
})

describe('a signer that is elsewhere', () => {
  let isHanging = true
  let asked = 0
  let signer: WatchedSigner

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'performance'] })
    isHanging = true
    asked = 0
    const elsewhere: Signer = {
      ...{ keyId: 'k', algorithm: 'ES256' },
      sign: (octets) => {
        asked++
        return isHanging ? new Promise(() => {}) : Promise.resolve(here.sign(octets))
      },
    }
    signer = new WatchedSigner(elsewhere, publishedJwk('k', 'ES256', privateKey), PATIENCE)
  })

  afterEach(() => void vi.useRealTimers())

  /** What becomes of a signature: its length, or why there is none. */
  function sign(): Promise<number | string> {
    return Promise.resolve(signer.sign(OCTETS)).then(
      ({ length }) => length,
      ({ message }: Error) => message,
    )
  }

  async function hangs(times: number): Promise<void> {
    for (let time = 0; time < times; time++) {
      const signature = sign()
      await vi.advanceTimersByTimeAsync(PATIENCE + 10)
      expect(await signature).toBe('no answer within 5000 ms')
    }
  }

  it('and has not answered three times in a row is away: nobody else waits for it', async () => {
    await hangs(2)
    expect(signer.isAway).toBe(false)
    await hangs(1)
    expect(signer.isAway).toBe(true)
    expect([await sign(), await sign(), asked]).toEqual([
      expect.stringMatching(NOT_ASKED),
      expect.stringMatching(NOT_ASKED),
      3,
    ])
  })

  it('is asked again after a second, by one, for all the signatures of its answer', async () => {
    await hangs(3)
    await vi.advanceTimersByTimeAsync(1_000)
    const first = [sign(), sign()]
    expect(asked).toBe(5)
    await Promise.resolve()
    expect(await sign()).toMatch(NOT_ASKED)
    await vi.advanceTimersByTimeAsync(PATIENCE + 10)
    expect(await Promise.all(first)).toEqual(Array(2).fill('no answer within 5000 ms'))
    expect([await sign(), asked, signer.isAway]).toEqual([expect.stringMatching(NOT_ASKED), 5, true])
  })

  it('is there once it answers', async () => {
    await hangs(3)
    isHanging = false
    await vi.advanceTimersByTimeAsync(1_000)
    expect([await sign(), signer.isAway]).toEqual([64, false])
    expect(await Promise.all([sign(), sign()])).toEqual([64, 64])
  })

  it('and refuses is not away, nor one that answers now and then', async () => {
    await hangs(2)
    isHanging = false
    expect(await sign()).toBe(64)
    isHanging = true
    await hangs(2)
    expect(signer.isAway).toBe(false)
    const refusing: Signer = { keyId: 'k', algorithm: 'ES256', sign: () => Promise.reject(new Error('no')) }
    signer = new WatchedSigner(refusing, {}, PATIENCE)
    for (let time = 0; time < 5; time++) expect(await sign()).toBe('no')
    expect(signer.isAway).toBe(false)
  })
})
