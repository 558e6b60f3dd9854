import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type EvidenceFinding, verifyFiles } from '../../src/services/evidence/verify-files.ts'
import type { Outcome } from './attempt.ts'

/** Verifies what the gateway kept of the signed payments, as `holdfast evidence verify` does; then the same with one amount altered. */
export async function tryEvidence(folder: string, exchanges: number): Promise<readonly Outcome[]> {
  const files = await filesOf(folder, exchanges)
  const found = await verifyFiles(files)
  const altered = await verifyFiles(files.map((file) => alter(file)))
  return [
    outcome('The evidence of these, verified offline', asItShould(found, exchanges)),
    outcome('The same evidence, one word of it altered', altered.faults.length > 0 ? '' : 'nobody noticed'),
  ]
}

/** The files, once they hold so many exchanges: they are written a moment after the answer. */
async function filesOf(folder: string, exchanges: number): Promise<readonly string[]> {
  const deadline = Date.now() + PATIENCE_MS
  for (;;) {
    const files = readdirSync(folder)
      .filter((name) => name.endsWith('.jsonl'))
      .toSorted()
      .map((name) => join(folder, name))
    if ((await verifyFiles(files)).exchanges >= exchanges || Date.now() > deadline) return files
    await wait(50)
  }
}

/** A copy in which one of the refusals is another. */
function alter(file: string): string {
  const copy = `${file}.altered`
  cpSync(file, copy)
  writeFileSync(copy, readFileSync(copy, 'utf8').replace('DIGEST_MISMATCH', 'SIG_ABSENT'))
  return copy
}

function asItShould({ faults, exchanges }: EvidenceFinding, expected: number): string {
  if (faults.length > 0) return faults.map(({ says }) => says).join('; ')
  return exchanges === expected ? '' : `${expected} exchanges expected, ${exchanges} found`
}

function outcome(what: string, amiss: string): Outcome {
  return { what, status: 0, code: '', cite: '', amiss }
}

const PATIENCE_MS = 60_000
