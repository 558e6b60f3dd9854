import { readKeptRevocation, type TokenLifetimes } from '../../admin/revocation-request.ts'
import { compileTenants } from '../../config/compile.ts'
import type { Document } from '../../config/document.ts'
import type { UnixSeconds } from '../../domain/check.ts'
import type { Materials } from '../../services/materials/materials.ts'
import type { Revocation } from '../../services/revocation/revocation-list.ts'
import { fingerprint } from './fingerprint.ts'

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
  const path = ['revocations_file']
  const refuse = (found: string) => void materials.faults.push({ path, expected: EXPECTED, found })
  const given = materials.json(file, path)
  if (given === undefined) return
  if (!Array.isArray(given)) return refuse('a file with something else')
  if (given.length > REVOCATIONS) return refuse(`one of ${given.length}`)
  const lifetimes = tokenLifetimes(document)
  for (const [at, each] of given.entries()) {
    const read = readKeptRevocation(each, lifetimes, now)
    if ('by' in read) yield read
    else refuse(`one whose entry ${at + 1} is wrong: ${read.join('; ')}`)
  }
}

/** By `iss` of tokens, which a template is not. Of several entries for one the longest counts; where one has no bound, there is none. */
export function tokenLifetimes({ issuers }: Document): TokenLifetimes {
  const lifetimes = new Map<string, number | null>()
  for (const entry of Object.values(issuers)) {
    const { max_token_lifetime: bound, introspection } = entry
    // Opaque tokens do not say how long they live.
    const seconds = bound === undefined || introspection !== undefined ? null : bound / 1000
    for (const issuer of compileTenants(entry)?.keys() ?? [entry.issuer]) {
      const known = lifetimes.get(issuer)
      lifetimes.set(issuer, known === null || seconds === null ? null : Math.max(known ?? 0, seconds))
    }
  }
  return lifetimes
}

/** Entries: each thread has all of them. */
export const REVOCATIONS = 100_000
const EXPECTED = `a JSON list of what is revoked, of at most ${REVOCATIONS} entries`
