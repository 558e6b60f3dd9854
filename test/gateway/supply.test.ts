import { describe, expect, it } from 'vitest'
import type { Verdict } from '../../src/decision/verdict.ts'
import type { Denial } from '../../src/domain/denial.ts'
import { Need } from '../../src/domain/need.ts'
import type { Exchange } from '../../src/gateway/exchange.ts'
import { supplied, suppliedInPlace } from '../../src/gateway/supply.ts'
import { CommonPlaces } from '../../src/services/common-places.ts'

const OTHERWISE = { code: 'TOKEN_KEYS_UNAVAILABLE' } as Denial
const ADMITTED = {} as Verdict

/** What is lacking, and whether it is got. */
function need(subject: string, got: () => Promise<boolean> = async () => true, kind: Need['kind'] = 'keys') {
  return new Need(kind, subject, OTHERWISE, got)
}

describe('what a decision lacks', () => {
  it('is fetched, and the decision made again', async () => {
    expect(await supplied(need('a'), () => ADMITTED)).toBe(ADMITTED)
    expect(
      await supplied(
        need('a', async () => false),
        () => ADMITTED,
      ),
    ).toBe(OTHERWISE)
  })

  it('is fetched once each, and four of it at most', async () => {
    const lacking = (...needs: Need[]) => supplied(needs.shift() as Need, () => needs.shift() ?? ADMITTED)
    const [a, b, c, d, e] = ['a', 'b', 'c', 'd', 'e'].map((subject) => need(subject)) as [
      ...[Need, Need, Need, Need, Need],
    ]
    expect(await lacking(a, b, c, d)).toBe(ADMITTED)
    expect(await lacking(a, b, c, d, e)).toBe(OTHERWISE)
    expect(await lacking(a, a)).toBe(OTHERWISE)
    expect(await lacking(a, need('a', undefined, 'status'))).toBe(ADMITTED)
  })

  it('is waited for in a place that is given back, whatever comes of it', async () => {
    const places = new CommonPlaces(8)
    const connection = { remoteAddress: '192.0.2.1' }
    const exchange = { downstream: { raw: { peer: null }, connection }, detail: null } as unknown as Exchange
    const wait = (got: () => Promise<boolean>) =>
      suppliedInPlace(exchange, need('a', got), () => ADMITTED, places)
    const silent = Promise.withResolvers<boolean>()
    const [first, second] = [wait(() => silent.promise), wait(() => silent.promise)]
    expect([places.taken, await wait(async () => true), exchange.detail]).toEqual([
      2,
      OTHERWISE,
      '2 requests wait for what they lack, 2 of 192.0.2.1',
    ])
    silent.resolve(true)
    expect([await first, await second, places.taken]).toEqual([ADMITTED, ADMITTED, 0])
    expect([await wait(async () => false), places.taken]).toEqual([OTHERWISE, 0])
    await expect(wait(() => Promise.reject(new Error('a bug')))).rejects.toThrow('a bug')
    expect(places.taken).toBe(0)
  })
})
