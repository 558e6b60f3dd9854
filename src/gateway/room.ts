import type { TLSSocket } from 'node:tls'
import { beyondPart, type Holding } from '../services/equal-part.ts'
import { networkOf } from './connection-guard.ts'
import type { Connection } from './downstream.ts'

/**
 * Ends connections whose client alone is waited for, so that others can come; returns how many. They are of networks that have more than
 * an equal part, and those that have waited the longest: whoever opens as many connections as there may be keeps nobody out. To be called
 * when what has come was read. `all`: how many connections each network has, done with TLS or not.
 */
export function makeRoom(
  connections: ReadonlyMap<TLSSocket, Connection>,
  newcomer: string,
  all: ReadonlyMap<string, number>,
  end: (socket: TLSSocket) => void,
): number {
  const waiting: Waiting[] = []
  const leaving: Connection[] = []
  const now = performance.now()
  for (const [socket, connection] of connections) {
    const { waitsSince } = connection
    // Its close is not told yet.
    if (socket.destroyed) leaving.push(connection)
    // What of an answer is not with the system yet would be lost; but who leaves it there for so long may never take it.
    else if (waitsSince !== null && (socket.writableLength === 0 || now - waitsSince > UNTAKEN))
      waiting.push({ socket, holder: networkOf(connection.remoteAddress), size: 1, since: waitsSince })
  }
  // Where all are busy each newcomer comes by here, and a flood of them is to be turned away in little time.
  if (waiting.length === 0) return 0
  const held = new Map(all)
  held.set(newcomer, (held.get(newcomer) ?? 0) + 1)
  for (const { remoteAddress } of leaving) {
    const holder = networkOf(remoteAddress)
    held.set(holder, (held.get(holder) ?? 1) - 1)
  }
  const wanted = Math.ceil(connections.size / AT_ONCE)
  const part = ([...held.values()].reduce((sum, its) => sum + its, 0) - wanted) / held.size
  const ended = beyondPart(waiting, held, part, wanted)
  for (const { socket } of ended) end(socket)
  return ended.length
}

interface Waiting extends Holding {
  readonly socket: TLSSocket
}

/** To look through all takes time, so there is room for the next newcomers, too: this part of all connections. */
const AT_ONCE = 64
/** Milliseconds within which all but the slowest of clients take the last of an answer. */
const UNTAKEN = 5_000
