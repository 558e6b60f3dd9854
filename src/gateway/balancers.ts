import { BlockList, type Socket } from 'node:net'
import type { Network } from '../config/schema/network.ts'
import { type Dropped, ENOUGH } from './connection-guard.ts'
import { type HandshakeFailure, NOTHING_SENT } from './handshake-failure.ts'
import { plainAddress } from './peer.ts'
import { type ProxyHeader, readProxyHeader } from './proxy-header.ts'

export interface BalancerLimits {
  /** Milliseconds for a header to come. */
  readonly patience: number
  /** Headers that are waited for at a time. */
  readonly waiting: number
}

export interface BalancerPorts {
  /** Who the client is, is known. */
  readonly enter: (socket: Socket) => void
  readonly failed: (failure: HandshakeFailure) => void
  readonly dropped: (reason: Dropped) => void
}

/**
 * Balancers that pass TCP through under their own address, and begin each connection by naming its client. A header that may be there or
 * not could be written by anybody, so of those that are listed one must come, and of all others none is read.
 */
export class Balancers {
  readonly #limits: BalancerLimits
  readonly #ports: BalancerPorts
  readonly #networks: BlockList
  /** Those whose header has not come, the oldest first. */
  readonly #awaited = new Map<Socket, Awaited>()
  readonly #said = new WeakMap<Socket, ProxyHeader>()

  constructor(networks: readonly Network[], limits: BalancerLimits, ports: BalancerPorts) {
    this.#networks = listOf(networks)
    this.#limits = limits
    this.#ports = ports
  }

  /** Has it enter when its client is known, or ends it. */
  admit(socket: Socket): void {
    const { remoteAddress = '' } = socket
    if (!this.#isListed(remoteAddress)) return this.#ports.enter(socket)
    if (this.#awaited.size >= this.#limits.waiting) {
      this.#ports.dropped('max_handshakes')
      if (!this.#endsOldest()) return void socket.destroy()
    }
    this.#readHeader(socket, plainAddress(remoteAddress))
  }

  /** Of the client: what the balancer says, else the system. Empty where it is gone already. */
  addressOf(socket: Socket): string {
    return plainAddress(this.#said.get(socket)?.address ?? socket.remoteAddress ?? '')
  }

  /** Octets that the client itself has sent. */
  sentBy(socket: Socket): number {
    return socket.bytesRead - (this.#said.get(socket)?.length ?? 0)
  }

  /** Ends the connections whose client is not known yet. */
  cut(): void {
    for (const { end } of this.#awaited.values()) end()
  }

  #isListed(address: string): boolean {
    return this.#networks.check(address, familyOf(address))
  }

  /** As of handshakes: a few that never go on keep nobody out. */
  #endsOldest(): boolean {
    const [oldest] = this.#awaited.values()
    if (oldest === undefined || performance.now() - oldest.since < ENOUGH) return false
    oldest.end()
    return true
  }

  #readHeader(socket: Socket, balancer: string): void {
    let octets: Buffer = Buffer.alloc(0)
    const read = () => {
      const more = socket.read() as Buffer | null
      if (more === null) return
      octets = Buffer.concat([octets, more])
      const header = readProxyHeader(octets)
      if (header === 'incomplete') return
      if (header === 'absent' || header === 'malformed') return fail(FAILURES[header])
      settle()
      this.#said.set(socket, header)
      socket.unshift(octets.subarray(header.length))
      this.#ports.enter(socket)
    }
    const fail = (reason: string) => {
      settle()
      socket.destroy()
      this.#ports.failed({ reason, remoteAddress: balancer })
    }
    const leave = () => fail(octets.length === 0 ? NOTHING_SENT : 'ECONNRESET')
    const settle = () => {
      clearTimeout(late)
      this.#awaited.delete(socket)
      socket.off('readable', read).off('close', leave)
    }
    const late = setTimeout(fail, this.#limits.patience, FAILURES.late)
    this.#awaited.set(socket, { since: performance.now(), end: leave })
    socket.on('error', () => {})
    socket.on('readable', read).on('close', leave)
  }
}

interface Awaited {
  /** By a clock that never steps back. */
  readonly since: number
  readonly end: () => void
}

function listOf(networks: readonly Network[]): BlockList {
  const list = new BlockList()
  for (const { address, prefix } of networks) list.addSubnet(address, prefix, familyOf(address))
  return list
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return address.includes(':') ? 'ipv6' : 'ipv4'
}

const FAILURES = {
  absent: 'PROXY_HEADER_ABSENT',
  malformed: 'PROXY_HEADER_MALFORMED',
  late: 'PROXY_HEADER_TIMEOUT',
}
