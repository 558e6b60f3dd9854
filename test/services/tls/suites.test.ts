import { expect, it } from 'vitest'
import { agedSuites, SUITES_COMPARED } from '../../../src/services/tls/suites.ts'

it('say so a year after they were last compared', () => {
  const compared = Date.parse(SUITES_COMPARED) / 1000
  expect(agedSuites(compared)).toEqual([])
  expect(agedSuites(compared + 366 * 86_400)).toEqual([])
  expect(agedSuites(compared + 366 * 86_400 + 1)).toEqual([expect.stringContaining(SUITES_COMPARED)])
})
