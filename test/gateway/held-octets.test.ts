import { describe, expect, it } from 'vitest'
import { HeldOctets } from '../../src/gateway/held-octets.ts'
import { budgetMemory, SharedBudget } from '../../src/services/held-bodies/shared-budget.ts'

const KIB = 1024

function holding(limit: number, announced: number | null) {
  const budget = new SharedBudget(budgetMemory(), limit)
  return { budget, octets: new HeldOctets(budget, announced) }
}

describe('octets that are held', () => {
  it('come out as they went in, whatever the parts', () => {
    for (const announced of [300_001, null]) {
      const { octets } = holding(1024 * KIB, announced)
      expect(octets.reserve()).toBe(true)
      const parts = [1, 3, 4_096, 200_000, 0, 95_901].map((length, at) => Buffer.alloc(length, at + 65))
      for (const part of parts) expect(octets.add(part)).toBe(true)
      octets.close()
      expect(Buffer.concat(octets.blocks).equals(Buffer.concat(parts))).toBe(true)
      expect(octets.length).toBe(300_001)
    }
  })

  it('what was announced is taken at once, and no more', () => {
    const { budget, octets } = holding(KIB, 1000)
    expect([octets.reserve(), budget.taken]).toEqual([true, 1000])
    octets.add(Buffer.alloc(1000))
    expect([budget.taken, octets.blocks.length]).toEqual([1000, 1])
    expect(holding(KIB, 2000).octets.reserve()).toBe(false)
  })

  it('a body of unknown length takes blocks as it grows, until there is no room', () => {
    const { budget, octets } = holding(20 * KIB, null)
    expect([octets.reserve(), budget.taken]).toEqual([true, 0])
    expect([octets.add(Buffer.alloc(1)), budget.taken]).toEqual([true, 4 * KIB])
    expect([octets.add(Buffer.alloc(4 * KIB)), budget.taken]).toEqual([true, 12 * KIB])
    expect([octets.add(Buffer.alloc(8 * KIB)), budget.taken]).toEqual([false, 12 * KIB])
    octets.release()
    expect(budget.taken).toBe(0)
  })

  it('what came in one piece is one block of its length, where there is room', () => {
    const { budget, octets } = holding(KIB, null)
    const whole = Buffer.alloc(1000, 65)
    expect([octets.addWhole(whole), octets.length, budget.taken]).toEqual([true, 1000, 1000])
    octets.close()
    expect([octets.blocks.length, octets.blocks[0]?.equals(whole)]).toEqual([1, true])
    const more = new HeldOctets(budget, null)
    expect([more.addWhole(whole), more.length, budget.taken]).toEqual([false, 0, 1000])
    octets.release()
    more.release()
    expect(budget.taken).toBe(0)
  })

  it('a short body keeps no more alive than itself, whatever lay beside it when it came', () => {
    const { budget, octets } = holding(1024 * KIB, null)
    // As the client of upstreams hands it over: a part of the common pool.
    const whole = Buffer.from('a short answer')
    expect(whole.buffer.byteLength).toBeGreaterThan(whole.length)
    octets.addWhole(whole)
    octets.close()
    expect(octets.blocks.map(({ buffer }) => buffer.byteLength)).toEqual([budget.taken])
  })

  it('parts of one octet cost no more than the octets', () => {
    const { budget, octets } = holding(1024 * KIB, null)
    const before = process.memoryUsage().arrayBuffers
    for (let at = 0; at < 200_000; at++) octets.add(Buffer.of(at & 255))
    expect(budget.taken).toBeLessThan(600 * KIB)
    expect(octets.blocks.length).toBeLessThan(9)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000 * KIB)
  })

  it('handed over they are given back with the last block; given back twice does no harm', () => {
    const { budget, octets } = holding(1024 * KIB, 100 * KIB)
    octets.reserve()
    octets.add(Buffer.alloc(100 * KIB))
    octets.close()
    const taken: number[] = []
    for (const block of octets.handOver()) taken.push(block.length, budget.taken)
    expect(taken).toEqual([64 * KIB, 100 * KIB, 36 * KIB, 100 * KIB])
    expect([budget.taken, octets.blocks]).toEqual([0, []])
    octets.release()
    expect(budget.taken).toBe(0)
  })

  it('a body that is given back while it is handed over is not cut short by that', () => {
    const { octets } = holding(1024 * KIB, 100 * KIB)
    octets.addWhole(Buffer.alloc(100 * KIB))
    const sizes: number[] = []
    for (const block of octets.handOver()) {
      sizes.push(block.length)
      octets.release()
    }
    expect(sizes).toEqual([64 * KIB, 36 * KIB])
  })
})
