import { isDeepStrictEqual } from 'node:util'
import { isMapping } from '../../config/cross-check/raw.ts'
import type { Document, ListenerDocument } from '../../config/document.ts'
import type { Fault, Path } from '../../config/problem.ts'
import { type LedgerShape, ledgerShape } from '../../services/replay/ledger-shape.ts'
import { ledgerDemand } from '../ledger.ts'

/**
 * What takes a restart: where the process listens, how many threads it has, where evidence is kept, and the memory of spent
 * proofs, which cannot grow. Said of a reload that wants it, instead of doing the half of it.
 */
export function* restartNeeded(
  running: Document,
  next: Document,
  { span }: Pick<LedgerShape, 'span'>,
): Iterable<Fault> {
  for (const key of ['threads', 'admin', 'monitoring', 'replay', 'evidence'] as const)
    yield* changeOf(running[key], next[key], [key])
  const doors = running.listeners.map(doorOf)
  if (next.listeners.length !== doors.length) yield fault(['listeners'])
  for (const [index, listener] of next.listeners.entries()) {
    const door = doors[index]
    if (door !== undefined) yield* changeOf(door, doorOf(listener), ['listeners', index])
  }
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

/** What of a listener cannot change while it is open, under the keys of the file. */
function doorOf({ name, bind, proxy_protocol_from, tls, limits }: ListenerDocument): object {
  const { client_certificate, client_certificate_mode } = tls
  const { header_count: _, body_size: __, ...ofConnections } = limits
  return {
    name,
    bind,
    proxy_protocol_from,
    tls: { client_certificate, client_certificate_mode },
    limits: ofConnections,
  }
}

/** The first key that differs. */
function* changeOf(before: unknown, after: unknown, path: Path): Iterable<Fault> {
  if (isDeepStrictEqual(before, after)) return
  if (!isMapping(before) || !isMapping(after) || path.at(-1) === ADDRESS) return yield fault(path)
  for (const key of Object.keys({ ...before, ...after })) {
    const [found] = changeOf(before[key], after[key], [...path, key])
    if (found !== undefined) return yield found
  }
}

function fault(path: Path): Fault {
  return { path, expected: 'what it was at the start', found: 'a change', hint: 'that takes a restart' }
}

/** A text in the file, and a mapping once it is read. */
const ADDRESS = 'bind'
