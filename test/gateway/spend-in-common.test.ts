import { expect, it } from 'vitest'
import type { Claim, CommonLedger } from '../../src/domain/ports.ts'
import { spendInCommon } from '../../src/gateway/spend-in-common.ts'
import { outcome } from '../support/outcome.ts'
import { CLAIMS, SPENDABLES } from '../support/spendables.ts'

it.each(CLAIMS)(
  'all that a request may use once is claimed with all replicas, in order; %s: %s',
  async (claims, expected, asked) => {
    const onces: unknown[] = []
    const claim = async (once: unknown) => claims[onces.push(once) - 1] as Claim
    const ledger: CommonLedger = { claim, problem: null }
    expect(outcome(await spendInCommon(SPENDABLES, ledger))).toBe(expected)
    expect(onces).toEqual(SPENDABLES.map(({ once }) => once).slice(0, asked))
  },
)
