import { readKeptRevocation } from '../admin/revocation-request.ts'
import type { Document } from '../config/document.ts'
import type { UnixSeconds } from '../domain/check.ts'
import type { Materials } from '../services/materials/materials.ts'
import type { Revocation } from '../services/revocation/revocation-list.ts'
import { tokenLifetimes } from './status-lists.ts'

/** What `revocations_file` says is revoked; no entry counts for longer than it stands there. */
export function readRevocations(
  document: Document,
  materials: Materials,
  now: UnixSeconds,
): readonly Revocation[] {
  const file = document.revocations_file
  if (file === undefined) return []
  const path = ['revocations_file']
  const expected = 'a JSON list of what is revoked'
  const given = materials.json(file, path)
  if (given === undefined) return []
  if (!Array.isArray(given)) {
    materials.faults.push({ path, fault: { expected, found: 'a file with something else' } })
    return []
  }
  const lifetimes = tokenLifetimes(document)
  return given.flatMap((each: unknown, at) => {
    const read = readKeptRevocation(each, lifetimes, now)
    if ('by' in read) return [read]
    const found = `one whose entry ${at + 1} is wrong: ${read.join('; ')}`
    materials.faults.push({ path, fault: { expected, found } })
    return []
  })
}
