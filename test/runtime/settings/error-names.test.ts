import { expect, it } from 'vitest'
import { catalogues } from '../../../src/cli/codes.ts'
import type { Document } from '../../../src/config/document.ts'
import { CODES, checkErrorNames } from '../../../src/runtime/settings/error-names.ts'
import { Materials } from '../../../src/services/materials/materials.ts'

it('knows every code that there is', async () => {
  const all = (await catalogues()).flatMap(({ denials }) => denials.map(({ code }) => code))
  expect([...CODES].sort()).toEqual([...new Set(all)].sort())
})

it('objects to a name for a code that there is not', () => {
  const materials = new Materials()
  const statuses = {
    DIGEST_ABSENT: 401,
    DIGEST_MISMATCH: 422,
    CONSENT_STATE: 401,
    TOKEN_ABSENT: 400,
    CONSENT_UNAVAILABLE: 400,
  }
  const names = { DPOP_HTU: 'a', 'DPOP_*': 'a', DPOP_HTTM: 'b', 'TOKENS_*': 'b' }
  const titles = { a: 'A', DPOP_HTM: 'B', c: 'C' }
  checkErrorNames({ errors: { names, titles, statuses } } as unknown as Document, materials)
  expect(materials.faults).toEqual([
    {
      path: ['errors', 'names', 'DPOP_HTTM'],
      expected: 'a code of config/CODES.md',
      found: '"DPOP_HTTM"',
      hint: 'did you mean `DPOP_HTM`?',
    },
    {
      path: ['errors', 'names', 'TOKENS_*'],
      expected: 'a code of config/CODES.md',
      found: '"TOKENS_*"',
    },
    {
      path: ['errors', 'titles', 'c'],
      expected: 'what `errors.names` calls a code, or a code of config/CODES.md',
      found: '"c"',
    },
    {
      path: ['errors', 'statuses', 'DIGEST_ABSENT'],
      expected: 'a status that is not about credentials',
      found: '401',
    },
    ...['TOKEN_ABSENT', 'CONSENT_UNAVAILABLE'].map((code) => ({
      path: ['errors', 'statuses', code],
      expected: 'a code of a consent, a certificate or a body, such as CONSENT_STATE',
      found: `"${code}"`,
    })),
  ])
})
