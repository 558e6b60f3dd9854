import { once } from 'node:events'
import { type AddressInfo, createServer as createTcp, type Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createServer as createTls, type TLSSocket } from 'node:tls'
import { isDeepStrictEqual } from 'node:util'
import type { Network } from '../config/schema/network.ts'
import type { ListenerRules } from '../decision/scan.ts'
import type { Snapshot } from '../decision/snapshot.ts'
import { afterReading } from '../services/after-reading.ts'
import { Balancers } from './balancers.ts'
import { ClientTrust, distrust, hasShown, type Living } from './client-trust.ts'
import { ConnectionGuard, type Dropped } from './connection-guard.ts'
import type { Connection, Downstream } from './downstream.ts'
import { type HandshakeFailure, handshakeFailure, NO_CERTIFICATE } from './handshake-failure.ts'
import { Http1Connections } from './http1/connections.ts'
import { Http2Sessions } from './http2/sessions.ts'
import type { ParseFault } from './parse-fault.ts'
import { readPeer } from './peer.ts'
import { makeRoom } from './room.ts'
import { type ListenerTls, tlsOptions } from './tls-options.ts'

/** A listener of the configuration, compiled. */
export interface ListenerSettings {
  readonly name: string
  readonly host: string
  readonly port: number
  /** Of balancers whose connections begin with a PROXY header. */
  readonly balancers: readonly Network[]
  readonly rules: ListenerRules
  readonly tls: ListenerTls
  /** Octets. */
  readonly headerSize: number
  /** Milliseconds. */
  readonly headerTimeout: number
  readonly idleTimeout: number
  readonly maxConnections: number
  /** Null: as many as there may be at all. */
  readonly maxConnectionsPerAddress: number | null
  readonly maxHandshakes: number
  readonly maxStreams: number
  /** Octets, in one thread. */
  readonly untakenAnswers: number
  /** Of one HTTP/2 connection, at once; a tenth of it a second from then on. */
  readonly maxStreamResets: number
  readonly maxControlFrames: number
  /** Whether several sockets may listen at the same address, those of other threads among them. */
  readonly isShared?: boolean
  /** What session tickets are sealed with, 48 octets, where several threads must open them; else a secret of its own. */
  readonly ticketKeys?: Buffer
}

/** What a listener calls. */
export interface ListenerPorts {
  readonly snapshot: () => Snapshot
  readonly serve: (downstream: Downstream) => void
  readonly parseFault: (fault: ParseFault, connection: Connection | undefined) => void
  readonly handshakeFailed: (failure: HandshakeFailure) => void
  readonly dropped: (reason: Dropped) => void
}

export interface OpenListener {
  readonly port: number
  /** Connections at this moment. */
  readonly connections: () => number
  /** Tickets are sealed with these from now on; what was sealed with others takes a full handshake. */
  setTicketKeys(keys: Buffer): void
  /**
   * Takes other certificates and other trust, where they are others. Where the trust in clients changed, a handshake of before proves nothing; where
   * a version of TLS is too old now, its connections end.
   */
  renew(tls: ListenerTls): void
  /** Stops accepting, lets requests under way finish, and cuts what is left after so many milliseconds. */
  drain(within: number): Promise<void>
  /** For a thread that ends: whatever comes from now on reaches nobody. */
  cut(): void
}

/** Opens a listener: one TLS server that splits by ALPN, so that each protocol keeps its own limits. Rejects with the system's error. */
export async function openListener(settings: ListenerSettings, ports: ListenerPorts): Promise<OpenListener> {
  const { headerTimeout } = settings
  let { tls } = settings
  let trust = new ClientTrust(tls)
  let isDraining = false
  const connections = new Map<TLSSocket, Living>()
  const http1 = new Http1Connections(settings, ports)
  const http2 = new Http2Sessions(settings, ports)
  const server = createTls(tlsOptions(tls, headerTimeout))
  if (settings.ticketKeys !== undefined) server.setTicketKeys(settings.ticketKeys)
  const guard = new ConnectionGuard(
    {
      connections: settings.maxConnections,
      perAddress: settings.maxConnectionsPerAddress,
      handshakes: settings.maxHandshakes,
    },
    {
      addressOf: (socket) => balancers.addressOf(socket),
      admit: (socket) => void server.emit('connection', socket),
      makeRoom: (network, all) => {
        const ended = makeRoom(connections, network, all, (socket) =>
          socket.alpnProtocol === 'h2' ? http2.end(socket) : http1.end(socket),
        )
        for (let each = 0; each < ended; each++) ports.dropped('max_connections')
        return ended
      },
      dropped: ports.dropped,
    },
  )
  const balancers = new Balancers(
    settings.balancers,
    { patience: headerTimeout, waiting: settings.maxHandshakes },
    { enter: (socket) => guard.enter(socket), failed: ports.handshakeFailed, dropped: ports.dropped },
  )
  let accepted = 0
  const enter = (socket: Socket) => {
    accepted++
    balancers.admit(socket)
  }
  const { host, port, isShared = false } = settings
  const doors = Array.from({ length: isShared ? DOORS : 1 }, () => createTcp({ noDelay: true }, enter))
  const backlog = (DOORS * BACKLOG) / doors.length

  server.on('secureConnection', (socket: TLSSocket) => {
    const transport = guard.isSecure(socket)
    if (transport === undefined) return void socket.destroy()
    const connection: Living = {
      ...readPeer(socket, tls.mode),
      remoteAddress: balancers.addressOf(transport),
      protocol: socket.getProtocol() ?? '',
      idleTimeout: settings.idleTimeout,
      waitsSince: performance.now(),
      isCut: false,
    }
    socket.on('error', () => socket.destroy())
    if (tls.clientCertificate === 'required' && connection.peer === null) {
      const { peerRejected, remoteAddress } = connection
      ports.handshakeFailed({ reason: peerRejected ?? NO_CERTIFICATE, remoteAddress })
      return void socket.destroy()
    }
    connections.set(socket, connection)
    socket.once('close', () => connections.delete(socket))
    if (socket.alpnProtocol === 'h2') {
      const session = http2.open(socket, connection)
      // Its handshake was under way when we began to end: the client sends its requests elsewhere.
      if (isDraining) session.close()
      return
    }
    // The same: one request, and no more.
    http1.open(socket, transport, connection).isLast = isDraining
  })
  server.on('tlsClientError', (error, socket) => {
    ports.handshakeFailed(handshakeFailure(error, socket, balancers))
    socket.destroy()
  })

  const opened = doors.map(async (door) => {
    door.listen({ host, port, exclusive: true, reusePort: isShared, backlog })
    await once(door, 'listening')
    door.on('error', () => {})
  })
  await Promise.all(opened)
  server.on('error', () => {})
  /** A handshake is judged by what held when it began, and a client can make it last. */
  const letGo = (isMeant?: (connection: Connection) => boolean) => {
    guard.cutHandshakes()
    http2.close(isMeant)
    http1.retire(isMeant)
  }
  const judgeAnew = (isMeant?: (connection: Connection) => boolean) => {
    for (const connection of connections.values()) distrust(connection)
    letGo(isMeant)
  }
  /** A connection a turn and door, of those that the system has accepted and we have not: closing the door would reset them. */
  const acceptAll = async (within: number) => {
    const until = performance.now() + within
    for (let before = -1; accepted > before && performance.now() < until; ) {
      before = accepted
      // The first may be what is left of a turn that has looked already.
      await nextTurn()
      await nextTurn()
    }
  }
  const look = () => {
    const now = performance.now()
    guard.look(now)
    http1.look(now)
    http2.look(now)
  }
  const watch = setInterval(
    () => {
      if (trust.hasEnded()) judgeAnew(hasShown)
      afterReading(look)
    },
    Math.min(1_000, headerTimeout),
  )
  return {
    port: (doors[0]!.address() as AddressInfo).port,
    connections: () => connections.size,
    setTicketKeys: (keys) => void server.setTicketKeys(keys),
    renew: (next) => {
      if (isDeepStrictEqual(tls, next)) return
      server.setSecureContext(tlsOptions(next, headerTimeout))
      const isSameCa = isDeepStrictEqual(tls.clientCa, next.clientCa)
      const isTrusted = isSameCa && isDeepStrictEqual(tls.clientCrl, next.clientCrl)
      if (tls.minVersion < next.minVersion) letGo(({ protocol }) => protocol < next.minVersion)
      tls = next
      if (isTrusted) return
      trust = new ClientTrust(tls)
      // Clients choose their certificate by the CAs that we name (RFC 8446 §4.2.4), so who had none that fits may have one now.
      judgeAnew(isSameCa ? hasShown : undefined)
    },
    drain: async (within) => {
      isDraining = true
      http2.close()
      http1.announceEnd()
      const soon = Math.min(LAST_REQUEST, within / 2)
      // Again and again, for those whose handshake ends after the first time.
      const retiring = setInterval(() => afterReading(() => http1.retire()), soon)
      const cut = setTimeout(() => {
        balancers.cut()
        guard.cutHandshakes()
        for (const connection of connections.values()) connection.isCut = true
        http1.cut()
        for (const socket of connections.keys()) socket.destroy()
      }, within)
      await acceptAll(soon)
      await Promise.all(doors.map((door) => new Promise((resolve) => door.close(resolve))))
      // Their TLS closes a moment after, and only then does a request that was cut know that its client is gone.
      for (let turn = 0; connections.size > 0 && turn < TURNS; turn++) await nextTurn()
      clearInterval(watch)
      clearInterval(retiring)
      clearTimeout(cut)
    },
    cut: () => http2.cut(),
  }
}

/**
 * Sockets that listen, in each thread. Node takes one connection a turn from each, however many wait, and a turn takes long while there is
 * much to do: before a single one a few hundred dials a second had everybody wait for seconds.
 */
const DOORS = 16
/** Connections that wait before each. Many more would be taken so late that nobody waits for them any longer. */
const BACKLOG = 64
/** Of the event loop; it takes a few. */
const TURNS = 1_000
/** Milliseconds that a connection without a request is left at the end for one more, and the door for those that stand before it. */
const LAST_REQUEST = 1_000
