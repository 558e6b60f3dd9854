import { beyondPart } from '../equal-part.ts'
import type { FairQueue } from '../fair-queue.ts'
import { tally } from '../tally.ts'
import type { Connection } from './connection.ts'

/**
 * The connections to be given up so that one client does not keep the others out, by leaving its answers where they are or by
 * sending its bodies slowly. An equal part of all is a client's share. Who has more loses what has waited for it the longest, and for
 * more than `patience` ticks, as soon as one waits that has less; no client loses anything to calls of its own. `has`: how many each has.
 */
export function beyondShares(
  connections: Iterable<Connection>,
  has: ReadonlyMap<string, number>,
  queue: Pick<FairQueue<object>, 'clients' | 'sizeFor'>,
  patience: number,
): readonly Connection[] {
  const all = [...connections]
  const held = new Map(has)
  for (const client of queue.clients) if (!held.has(client)) held.set(client, 0)
  const share = all.length / held.size
  let wanted = 0
  for (const client of queue.clients)
    wanted += Math.max(0, Math.min(queue.sizeFor(client), share - (held.get(client) as number)))
  const waiting = all
    .filter(({ waited }) => waited > patience)
    .map((connection) => ({
      connection,
      holder: connection.client ?? '',
      size: 1,
      since: -connection.waited,
    }))
  return beyondPart(waiting, held, share, wanted).map(({ connection }) => connection)
}

/** How many connections each client has. */
export function heldBy(connections: Iterable<Connection>): Map<string, number> {
  const held = new Map<string, number>()
  for (const { client } of connections) if (client !== null) tally(held, client, 1)
  return held
}
