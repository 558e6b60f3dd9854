import { randomUUID } from 'node:crypto'
import { ledgerShape } from '../../../src/services/replay/ledger-shape.ts'
import { LedgerKeeper, ledgerMemory, SharedLedger } from '../../../src/services/replay/shared-ledger.ts'
import { NOW } from '../../support/clock.ts'
import { THUMBPRINT } from '../../support/token.ts'
import { cycling, type Micro } from './micro.ts'

/** Proofs that were spent, in memory that no cache of the CPU holds: as dear as claiming one, and it can be had again. */
export function replayMicros(): readonly Micro[] {
  const memory = ledgerMemory(ledgerShape({ rate: 10_000, maxAge: 60, clockSkew: 10 }), 'secret')
  new LedgerKeeper(memory).turn(NOW)
  const ledger = new SharedLedger(memory)
  const proofs = Array.from({ length: 20_000 }, () => ({ jkt: THUMBPRINT, jti: randomUUID(), madeAt: NOW }))
  for (const proof of proofs) ledger.spend(proof)
  const next = cycling(proofs)
  return [
    {
      title: 'ledger: a claim',
      once: () => {
        if (ledger.spend(next()) !== 'replayed') throw new Error('the ledger forgot a proof')
      },
    },
  ]
}
