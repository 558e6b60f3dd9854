import { readKeptRevocation } from '../admin/revocation-request.ts'
import type { Document } from '../config/document.ts'
import type { UnixSeconds } from '../domain/check.ts'
import type { Materials } from '../services/materials/materials.ts'
import type { Revocation } from '../services/revocation/revocation-list.ts'
import { fingerprint } from './sources.ts'
import { tokenLifetimes } from './status-lists.ts'

/** What a file says is revoked. */
export interface KeptRevocations {
  readonly entries: readonly Revocation[]
  readonly fingerprint: string
}

/** Reads `revocations_file`; no entry of it counts for longer than it stands there. */
export function readRevocations(document: Document, materials: Materials, now: UnixSeconds): KeptRevocations {
  const entries = [...readEntries(document, materials, now)]
  return { entries, fingerprint: fingerprint(entries) }
}

function* readEntries(document: Document, materials: Materials, now: UnixSeconds): Iterable<Revocation> {
  const { revocations_file: file } = document
  if (file === undefined) return
  const object = (found: string) =>
    void materials.faults.push({ path: ['revocations_file'], fault: { expected: EXPECTED, found } })
  const given = materials.json(file, ['revocations_file'])
  if (given === undefined) return
  if (!Array.isArray(given)) return object('a file with something else')
  if (given.length > MOST) return object(`one of ${given.length}`)
  const lifetimes = tokenLifetimes(document)
  for (const [at, each] of given.entries()) {
    const read = readKeptRevocation(each, lifetimes, now)
    if ('by' in read) yield read
    else object(`one whose entry ${at + 1} is wrong: ${read.join('; ')}`)
  }
}

/** Entries: each thread has all of them. */
const MOST = 100_000
const EXPECTED = `a JSON list of what is revoked, of at most ${MOST} entries`
