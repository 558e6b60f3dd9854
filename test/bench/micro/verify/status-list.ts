import { checkStatus } from '../../../../src/verify/status-list/check.ts'
import { NOW } from '../../../support/clock.ts'
import { statusClaim } from '../../../support/status-list.ts'
import type { Micro } from '../micro.ts'

/** A list of eight million tokens, looked up at its far end. */
export function statusListMicros(): readonly Micro[] {
  const list = { bits: 1, octets: Buffer.alloc(2 ** 20), issuedAt: NOW - 60 } as const
  const origins = new Set(['https://as.bank.example'])
  const lists = { held: () => list, ask: async () => {} }
  const rules = { required: true, origins, allowsUnavailable: false, lists }
  const claims = { iat: NOW - 90, ...statusClaim(8_000_000) }
  return [
    {
      title: 'status list: valid',
      once: () => {
        if (checkStatus(claims, rules, NOW) !== undefined) throw new Error('refused')
      },
    },
  ]
}
