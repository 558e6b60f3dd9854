import { inflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { StatusList } from '../../../src/domain/ports.ts'
import { statusAt } from '../../../src/verify/status-list/status.ts'
import { NOW } from '../../support/clock.ts'
import { packed } from '../../support/status-list.ts'
import { vectors } from '../../support/vectors.ts'

interface Vector {
  readonly bits: StatusList['bits']
  readonly lst: string
  readonly entries: number
  readonly statuses: { readonly [index: string]: number }
}

const published = vectors<{ readonly vectors: readonly Vector[] }>('status-list/status-list.json').vectors

function listOf(bits: StatusList['bits'], lst: string): StatusList {
  return { bits, octets: inflateSync(Buffer.from(lst, 'base64url')), issuedAt: NOW }
}

describe('statusAt', () => {
  it.each(published)(
    'reads the published list of $entries entries of $bits bits',
    ({ bits, lst, entries, statuses }) => {
      const list = listOf(bits, lst)
      let wrong = 0
      for (let index = 0; index < entries; index++) {
        if (statusAt(list, index) !== (statuses[index] ?? 0)) wrong++
      }
      expect(wrong).toBe(0)
      expect(statusAt(list, entries)).toBeUndefined()
    },
  )

  it.each([1, 2, 4, 8] as const)('reads every status of %i bits, least significant first', (bits) => {
    const statuses = Array.from({ length: 2 ** bits * 3 }, (_, index) => index % 2 ** bits)
    const list = listOf(bits, packed(statuses, bits))
    expect(statuses.map((_, index) => statusAt(list, index))).toEqual(statuses)
  })

  it('has nothing past the end, however far', () => {
    const list = listOf(1, 'eNrbuRgAAhcBXQ')
    expect([16, 17, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER].map((index) => statusAt(list, index))).toEqual(
      Array(5).fill(undefined),
    )
  })
})
