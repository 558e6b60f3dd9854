import { describe, expect, it } from 'vitest'
import { catalogues } from '../../../src/cli/codes.ts'
import { Evidence } from '../../../src/decision/evidence.ts'
import { explain } from '../../../src/decision/explain/explain.ts'
import type { Denial } from '../../../src/domain/denial.ts'
import { NOW } from '../../support/clock.ts'
import { aKey } from '../../support/keys.ts'
import { explained, proved, refusedAt } from './explained.ts'

describe('parity with the checks', () => {
  /** Defects in the order in which checkProof looks for them. */
  const defects = [
    ['DPOP_TYP', { header: { typ: 'JWT' } }],
    ['DPOP_CRITICAL', { header: { crit: ['x'] } }],
    ['DPOP_ALG', { header: { alg: 'HS256' } }],
    ['DPOP_CLAIMS', { claims: { jti: 1 } }],
    ['DPOP_HTM', { claims: { htm: 'POST' } }],
    ['DPOP_HTU', { claims: { htu: 'https://evil.example/' } }],
    ['DPOP_IAT', { claims: { iat: 1 } }],
    ['DPOP_ATH', { claims: { ath: 'A'.repeat(43) } }],
    ['DPOP_JKT', { key: aKey('ES256', 'thief') }],
  ] as const

  it.each(defects)(
    'of two defects, %s and a later one, the one that refused is told to differ',
    (code, first) => {
      const at = defects.findIndex(([each]) => each === code)
      for (const [, second] of defects.slice(at)) {
        const { header = {}, claims = {}, key } = { ...second, ...first } as Record<string, object>
        const told = explained(
          proved(
            { ...(second as { claims?: object }).claims, ...claims },
            { ...(second as { header?: object }).header, ...header },
            (key ?? aKey('ES256', 'client')) as never,
          ),
        )
        expect(told.code).toBe(code)
        const { compared } = refusedAt(told)!
        const index = compared.findIndex(({ result }) => result === 'differs')
        expect(compared.slice(0, index).map(({ result }) => result)).toEqual(Array(index).fill('agrees'))
        for (const { came, wanted, what } of compared.slice(0, index)) {
          if (EQUAL.has(what)) expect(came, what).toBe(wanted)
        }
      }
    },
  )

  it('every code of every catalogue has its step', async () => {
    const denials = (await catalogues()).flatMap((each): readonly Denial[] => each.denials)
    const lost = denials.filter((refused) => {
      const told = explain({ facts: null, evidence: new Evidence(), body: null, refused, now: NOW })
      return told.steps.filter(({ state }) => state === 'refused').length !== 1
    })
    expect(lost.map(({ code }) => code)).toEqual([])
  })
})

const EQUAL = new Set(['typ', 'htm', 'htu', 'ath', 'thumbprint of jwk'])
