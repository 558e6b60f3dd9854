import { isDeepStrictEqual } from 'node:util'
import type { Document, ListenerDocument } from '../config/document.ts'
import type { Fault, Path } from '../config/problem.ts'
import { ledgerShape } from '../services/replay/ledger-shape.ts'
import { ledgerDemand } from './ledger.ts'

/**
 * What takes a restart: where the process listens, how many threads it has, where evidence is kept, and the memory of spent
 * proofs, which cannot grow. Said of a reload that wants it, instead of doing the half of it.
 */
export function* restartNeeded(running: Document, next: Document): Iterable<Fault> {
  for (const key of ['threads', 'admin', 'monitoring', 'replay', 'evidence'] as const)
    if (!isDeepStrictEqual(running[key], next[key])) yield fault([key])
  const doors = running.listeners.map(doorOf)
  if (next.listeners.length !== doors.length) yield fault(['listeners'])
  for (const [index, listener] of next.listeners.entries()) {
    if (doors[index] !== undefined && !isDeepStrictEqual(doors[index], doorOf(listener)))
      yield { ...fault(['listeners', index]), hint: DOOR }
  }
  const { span } = ledgerShape(ledgerDemand(running))
  for (const [index, route] of next.routes.entries()) {
    if (ledgerShape(ledgerDemand({ ...next, routes: [route] })).span > span)
      yield {
        path: ['routes', index, 'require', 'dpop'],
        expected: `a window within the ${span} s that the ledger was made for`,
        found: 'a longer one',
        hint: 'that takes a restart',
      }
  }
}

/** What of a listener cannot change while it is open. */
function doorOf({ name, bind, tls, limits }: ListenerDocument): object {
  const { client_certificate: asks, client_certificate_mode: mode } = tls
  const { header_count: _, body_size: __, ...ofConnections } = limits
  return { name, bind, asks, mode, ofConnections }
}

function fault(path: Path): Fault {
  return { path, expected: 'what it was at the start', found: 'a change', hint: 'that takes a restart' }
}

const DOOR =
  'its name and address, its limits but header_count and body_size, and whether clients are asked for certificates take a restart'
