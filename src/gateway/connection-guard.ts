import type { Socket } from 'node:net'

/** Why a connection was cut, or not taken: what of a flood can be seen from outside. */
export type Dropped = (typeof DROPPED)[number]

export const DROPPED = [
  'max_connections',
  'max_connections_per_address',
  'max_handshakes',
  'stream_resets',
  'control_frames',
  'slow_read',
  'protocol_error',
] as const

export interface ConnectionLimits {
  /** Connections at a time. */
  readonly connections: number
  /** Handshakes under way at a time: each costs a signature and some memory before anybody is known. */
  readonly handshakes: number
  /** Connections of one address at a time (IPv6: of one /64); null: no such limit. */
  readonly perAddress: number | null
}

/** Counts the connections of a listener from before TLS, where turning one away costs next to nothing. */
export class ConnectionGuard {
  readonly #limits: ConnectionLimits
  readonly #dropped: (reason: Dropped) => void
  /** Of connections that are not done with TLS, the oldest first. */
  readonly #shaking = new Map<string, Shaking>()
  readonly #addresses = new Map<string, number>()
  #connections = 0
  #looked = performance.now()
  /** Whether we are behind, so that a handshake may be old because of us. */
  #isBehind = false

  constructor(limits: ConnectionLimits, dropped: (reason: Dropped) => void) {
    this.#limits = limits
    this.#dropped = dropped
  }

  /** Whether a connection may begin with TLS; one that may not is closed. */
  admits(socket: Socket): boolean {
    const end = endOf(socket)
    const network = networkOf(socket.remoteAddress ?? '')
    const now = performance.now()
    const reason = this.#objection(network, now)
    if (reason !== undefined) {
      this.#dropped(reason)
      socket.destroy()
      return false
    }
    this.#connections++
    this.#shaking.set(end, { socket, since: now })
    this.#addresses.set(network, (this.#addresses.get(network) ?? 0) + 1)
    socket.once('close', () => {
      this.#connections--
      if (this.#shaking.get(end)?.socket === socket) this.#shaking.delete(end)
      const left = (this.#addresses.get(network) ?? 1) - 1
      if (left > 0) this.#addresses.set(network, left)
      else this.#addresses.delete(network)
    })
    return true
  }

  /** TLS is done: from now on it is a connection like any other. What TLS runs over; undefined: it is gone already. */
  isSecure(socket: Socket): Socket | undefined {
    const end = endOf(socket)
    const transport = this.#shaking.get(end)?.socket
    this.#shaking.delete(end)
    return transport
  }

  /** Called every second or so, when what has come was read. */
  look(now: number): void {
    this.#isBehind = now - this.#looked > LATE
    this.#looked = now
  }

  /** Ends those that are not done with TLS: what they began under does not hold any more. */
  cutHandshakes(): void {
    for (const { socket } of this.#shaking.values()) socket.destroy()
  }

  #objection(network: string, now: number): Dropped | undefined {
    const { connections, handshakes, perAddress } = this.#limits
    if (this.#connections >= connections) return 'max_connections'
    if (perAddress !== null && (this.#addresses.get(network) ?? 0) >= perAddress)
      return 'max_connections_per_address'
    if (this.#shaking.size >= handshakes && !this.#makesRoom(now)) return 'max_handshakes'
    return undefined
  }

  /**
   * Ends the oldest handshake, where it is its client that takes so long: else a few that never go on would keep everybody out. Where
   * we are behind it would be the work on the honest ones that is thrown away.
   */
  #makesRoom(now: number): boolean {
    const [oldest] = this.#shaking
    if (this.#isBehind || oldest === undefined || now - oldest[1].since < ENOUGH) return false
    // Its close is told a turn later.
    this.#shaking.delete(oldest[0])
    oldest[1].socket.destroy()
    this.#dropped('max_handshakes')
    return true
  }
}

interface Shaking {
  readonly socket: Socket
  /** By a clock that never steps back. */
  readonly since: number
}

/** Milliseconds that a handshake takes at most, but for the slowest of clients. */
const ENOUGH = 1_000
/** Milliseconds between two looks, from which on we are behind. */
const LATE = 1_200

/** A client may have one port for several addresses of ours. */
function endOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`
}

/** Whoever has one IPv6 address has 2^64 (RFC 6177 §2). */
export function networkOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address
  const [head = '', tail] = address.split('%', 1)[0]!.split('::')
  const groups = head === '' ? [] : head.split(':')
  const rest = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : 8 - groups.length - rest.length
  return [...groups, ...Array.from({ length: zeros }, () => '0'), ...rest].slice(0, 4).join(':')
}
