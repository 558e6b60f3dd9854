import { duplexPair } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import type { Connection, Downstream } from '../../src/gateway/downstream.ts'
import { Http1Connection } from '../../src/gateway/http1/connection.ts'

/** One connection over a pair of streams, whose requests are answered by hand. */
export function connected(headerSize = 16 * 1024) {
  const [near, far] = duplexPair()
  const socket = Object.assign(far, { setTimeout: () => far }) as unknown as TLSSocket
  const limits = { headerSize, headerTimeout: 10_000, idleTimeout: 60_000 }
  const requests: Downstream[] = []
  const faults: string[] = []
  const connection = new Http1Connection(
    socket,
    socket,
    { peer: null, waitsSince: performance.now() } as Connection,
    limits,
    {
      open: (downstream) => void requests.push(downstream),
      slowRead: () => {},
      fault: ({ detail }) => {
        faults.push(detail)
        return ''
      },
    },
  )
  let text = ''
  near.on('error', () => {})
  near.on('data', (part: Buffer) => {
    text += part.toString('latin1')
  })
  /** What arrives in so many pieces. */
  const comes = (...pieces: readonly string[]) => {
    for (const piece of pieces) socket.emit('data', Buffer.from(piece, 'latin1'))
  }
  return { connection, requests, faults, comes, text: () => text }
}
