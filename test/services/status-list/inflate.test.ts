import { deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { inflateBounded } from '../../../src/services/status-list/inflate.ts'

describe('inflateBounded', () => {
  it('inflates ZLIB data up to the bound', async () => {
    expect(await inflateBounded(deflateSync(Buffer.alloc(1024, 7)), 1024)).toEqual(Buffer.alloc(1024, 7))
  })

  it('stops a decompression bomb at the bound', async () => {
    const bomb = deflateSync(Buffer.alloc(256 * 2 ** 20), { level: 9 })
    const before = process.memoryUsage().arrayBuffers
    await expect(inflateBounded(bomb, 2 ** 20)).rejects.toThrow('more than 1048576 octets')
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 2 ** 20)
  })

  it.each([
    Buffer.alloc(0),
    Buffer.from('no zlib'),
    gzipSync('gzip'),
    deflateSync('cut short').subarray(0, 8),
  ])('refuses what is none', async (octets) => {
    await expect(inflateBounded(octets, 1024)).rejects.toThrow('no ZLIB data')
  })
})
