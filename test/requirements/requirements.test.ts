import { describe, expect, it } from 'vitest'
import { faultsOf } from './faults.ts'
import { at, isMet, type Met } from './requirement.ts'
import { sections } from './sections.ts'

/** How many rows each section has: none may be dropped. */
const SIZES = {
  NET: 20,
  MTLS: 24,
  CCH: 14,
  TOK: 26,
  JWT: 35,
  KEY: 9,
  INT: 14,
  DPOP: 33,
  HTTP: 24,
  H2: 11,
  TSL: 8,
  DIG: 10,
  AUZ: 11,
  META: 9,
  ERR: 8,
  OPS: 6,
  PREC: 17,
  TXN: 6,
  SIG: 34,
  FSIG: 19,
  TRAP: 38,
}

describe('the table of requirements', () => {
  it('has every row of every section once, in its order', () => {
    const wanted = Object.entries(SIZES).flatMap(([name, size]) =>
      Array.from({ length: size }, (_, row) => `${name}-${String(row + 1).padStart(2, '0')}`),
    )
    expect(sections.flatMap(({ rows }) => rows.map(({ id }) => id))).toEqual(wanted)
    expect(sections.map(({ name }) => name)).toEqual(Object.keys(SIZES))
  })

  it.each(sections.map((section) => [section.name, section] as const))(
    '%s: every row has its source and its tests, or a reason',
    (_, { rows }) => {
      expect(rows.flatMap(faultsOf)).toEqual([])
    },
  )

  it('says where each is asked for, and what, in a sentence', () => {
    const wordless = sections
      .flatMap(({ rows }) => rows)
      .filter(({ clause, says }) => clause === '' || !/^[A-Z].*\.$/s.test(says))
    expect(wordless.map(({ id }) => id)).toEqual([])
  })
})

describe('a row that lost its ground is found', () => {
  const row: Met = {
    id: 'X-01',
    clause: 'RFC 9449 §4.3',
    says: 'It holds.',
    check: 'src/verify/dpop/proof.ts',
    tests: [at('verify/dpop/proof', '(8) DPOP_HTM: %j for GET', 'HEAD')],
  }

  it('by its test, its row in a table, its file, its source, its reason', () => {
    expect(faultsOf(row)).toEqual([])
    expect(faultsOf({ ...row, tests: [] })).toEqual(['X-01: no test shows it'])
    expect(faultsOf({ ...row, check: [] })).toEqual(['X-01: no source makes the check'])
    expect(faultsOf({ ...row, check: 'src/gone.ts' })).toEqual(['X-01: there is no src/gone.ts'])
    expect(faultsOf({ ...row, tests: [at('gone', '(8) DPOP_HTM')] })).toEqual([
      'X-01: there is no test/gone.test.ts',
    ])
    expect(faultsOf({ ...row, tests: [at('verify/dpop/proof', 'a title of no test')] })).toHaveLength(1)
    expect(
      faultsOf({ ...row, tests: [at('verify/dpop/proof', '(8) DPOP_HTM: %j for GET', 'TRACK')] }),
    ).toHaveLength(1)
    expect(faultsOf({ id: 'X-02', clause: 'ours', says: 'No.', not: 'built', because: '' })).toHaveLength(1)
  })

  it('not by a text that is no title, nor by a comment', () => {
    const elsewhere = ['customer-7', 'Each defect alone earns its code']
    for (const title of elsewhere) {
      expect(faultsOf({ ...row, tests: [at('verify/dpop/proof', title)] })).toHaveLength(1)
    }
  })

  it('and what is met in part says what it lacks', () => {
    const parts = sections.flatMap(({ rows }) =>
      rows.filter((each) => isMet(each) && each.lacks !== undefined),
    )
    expect(parts.filter((each) => isMet(each) && (each.lacks as string).length < 20)).toEqual([])
  })
})
