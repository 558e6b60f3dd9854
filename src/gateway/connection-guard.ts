import type { Socket } from 'node:net'
import { afterNextReading } from '../services/after-reading.ts'
import { tally } from '../services/tally.ts'

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

/** What the door calls. */
export interface DoorPorts {
  /** Of the client, which need not be the other end. */
  readonly addressOf: (socket: Socket) => string
  /** The connection may begin with TLS. */
  readonly admit: (socket: Socket) => void
  /** Ends connections that only wait, for one of this network; returns how many. `all`: how many each network has. */
  readonly makeRoom: (network: string, all: ReadonlyMap<string, number>) => number
  readonly dropped: (reason: Dropped) => void
}

/** Counts the connections of a listener from before TLS, where turning one away costs next to nothing. */
export class ConnectionGuard {
  readonly #limits: ConnectionLimits
  readonly #ports: DoorPorts
  /** They came when all connections were there. */
  #atDoor: Socket[] = []
  /** Connections that were ended for those, in this turn: their close is told a turn later. */
  #leaving = 0
  /** Of connections that are not done with TLS, the oldest first; and how many of them each network has. */
  readonly #shaking = new Map<string, Shaking>()
  readonly #shakingOf = new Map<string, number>()
  readonly #addresses = new Map<string, number>()
  #connections = 0
  #looked = performance.now()
  /** Whether we are behind, so that a handshake may be old because of us. */
  #isBehind = false

  constructor(limits: ConnectionLimits, ports: DoorPorts) {
    this.#limits = limits
    this.#ports = ports
  }

  /** Has it begin with TLS, or closes it. Where all connections are there it waits until what they sent was read: some may not be idle, or gone. */
  enter(socket: Socket): void {
    if (this.#connections < this.#limits.connections) return this.#take(socket)
    socket.on('error', () => {})
    if (this.#atDoor.push(socket) === 1) afterNextReading(this.#letIn)
  }

  readonly #letIn = (): void => {
    const newcomers = this.#atDoor
    this.#atDoor = []
    this.#leaving = 0
    for (const socket of newcomers) if (!socket.destroyed) this.#take(socket)
  }

  #take(socket: Socket): void {
    const end = endOf(socket)
    const network = networkOf(this.#ports.addressOf(socket))
    const now = performance.now()
    const reason = this.#objection(network, now)
    if (reason !== undefined) {
      this.#ports.dropped(reason)
      return void socket.destroy()
    }
    this.#connections++
    this.#done(end)
    this.#shaking.set(end, { socket, network, since: now })
    tally(this.#shakingOf, network, 1)
    tally(this.#addresses, network, 1)
    socket.once('close', () => {
      this.#connections--
      if (this.#shaking.get(end)?.socket === socket) this.#done(end)
      tally(this.#addresses, network, -1)
    })
    this.#ports.admit(socket)
  }

  /** TLS is done: from now on it is a connection like any other. What TLS runs over; undefined: it is gone already. */
  isSecure(socket: Socket): Socket | undefined {
    const end = endOf(socket)
    return this.#done(end)?.socket
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
    if (perAddress !== null && (this.#addresses.get(network) ?? 0) >= perAddress)
      return 'max_connections_per_address'
    const isTooMany = this.#shaking.size >= handshakes
    if (isTooMany && !this.#endsOldest(now, 'max_handshakes') && !this.#endsOfMost(network, 'max_handshakes'))
      return 'max_handshakes'
    const isFull = () => this.#connections - this.#leaving >= connections
    if (isFull() && !this.#endsOldest(now, 'max_connections'))
      this.#leaving += this.#ports.makeRoom(network, this.#addresses)
    if (isFull()) this.#endsOfMost(network, 'max_connections')
    return isFull() ? 'max_connections' : undefined
  }

  /**
   * Ends the oldest handshake, where it is its client that takes so long: else a few that never go on would keep everybody out, or have
   * others' connections end for them. Where we are behind it would be the work on the honest ones that is thrown away.
   */
  #endsOldest(now: number, reason: Dropped): boolean {
    const [oldest] = this.#shaking
    if (this.#isBehind || oldest === undefined || now - oldest[1].since < ENOUGH) return false
    this.#end(oldest[0], reason)
    return true
  }

  /**
   * Ends the oldest handshake of the network that has the most, where it has more than the newcomer's has with this one: else whoever begins
   * them faster than they grow old would keep everybody out.
   */
  #endsOfMost(newcomer: string, reason: Dropped): boolean {
    let most = (this.#shakingOf.get(newcomer) ?? 0) + 1
    let chosen: string | undefined
    for (const [end, { network }] of this.#shaking) {
      const its = this.#shakingOf.get(network) as number
      if (its <= most) continue
      most = its
      chosen = end
    }
    if (chosen === undefined) return false
    this.#end(chosen, reason)
    return true
  }

  #end(end: string, reason: Dropped): void {
    this.#leaving++
    this.#done(end)?.socket.destroy()
    this.#ports.dropped(reason)
  }

  #done(end: string): Shaking | undefined {
    const shaking = this.#shaking.get(end)
    if (shaking === undefined) return undefined
    this.#shaking.delete(end)
    tally(this.#shakingOf, shaking.network, -1)
    return shaking
  }
}

interface Shaking {
  readonly socket: Socket
  readonly network: string
  /** By a clock that never steps back. */
  readonly since: number
}

/** Milliseconds that a handshake takes at most, but for the slowest of clients. */
export const ENOUGH = 1_000
/** Milliseconds between two looks, from which on we are behind. */
const LATE = 1_200

/** A client may have one port for several addresses of ours. */
function endOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`
}

/** Whoever has one IPv6 address has 2^64 (RFC 6177 §2). */
export function networkOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address
  const [head = '', tail] = address.split('%')[0]!.split('::')
  const groups = head === '' ? [] : head.split(':')
  const rest = tail === undefined ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : 8 - groups.length - rest.length
  return [...groups, ...Array.from({ length: zeros }, () => '0'), ...rest].slice(0, 4).join(':')
}
