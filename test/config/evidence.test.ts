import { describe, expect, it } from 'vitest'
import { evidenceRules } from '../../src/config/cross-check/evidence.ts'
import { pathText } from '../../src/config/problem.ts'

describe('evidence', () => {
  const faults = (route: object, evidence?: object) =>
    [...evidenceRules({ ...(evidence === undefined ? {} : { evidence }), routes: [route] })].map(
      ({ path, expected }) => `${pathText(path)} ${expected}`,
    )
  const place = { directory: 'evidence' }
  const require = { issuer: 'bank' }

  it('has a place, and is of those who prove something', () => {
    expect(faults({ evidence: 'signatures', require }, place)).toEqual([])
    expect(faults({ evidence: 'off', danger_public: true })).toEqual([])
    expect(faults({ evidence: 'bodies', require })).toEqual([
      'routes[0].evidence an `evidence` key in this file that names a directory',
    ])
    expect(faults({ evidence: 'signatures', danger_public: true }, place)).toEqual([
      'routes[0].evidence off, as nobody proves anything on a public route',
    ])
    expect(faults({ evidence: 7 })).toEqual([])
  })
})
