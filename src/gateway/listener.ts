import {
  createServer as createHttp1,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import { performServerHandshake, type ServerHttp2Session } from 'node:http2'
import { type AddressInfo, createServer as createTcp } from 'node:net'
import { createServer as createTls, type TLSSocket } from 'node:tls'
import { isDeepStrictEqual } from 'node:util'
import type { ListenerRules } from '../decision/scan.ts'
import type { Snapshot } from '../decision/snapshot.ts'
import { ConnectionGuard, type Dropped } from './connection-guard.ts'
import type { Connection, Downstream } from './downstream.ts'
import { Exchange } from './exchange.ts'
import { abandonAnswers, Http1Downstream } from './http1.ts'
import { Http2Downstream, readStreamHead } from './http2.ts'
import {
  answerConnect,
  answerParseFault,
  answerStreamFault,
  answerVersionFault,
  type ParseFault,
} from './parse-fault.ts'
import { readPeer } from './peer.ts'
import { guardSession } from './session-guard.ts'
import { type ListenerTls, tlsOptions } from './tls-options.ts'

/** A listener of the configuration, compiled. */
export interface ListenerSettings {
  readonly name: string
  readonly host: string
  readonly port: number
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
  /** Of one HTTP/2 connection, at once; a tenth of it a second from then on. */
  readonly maxStreamResets: number
  readonly maxControlFrames: number
  /** Whether other threads listen at the same address. */
  readonly isShared?: boolean
  /** What session tickets are sealed with, 48 octets, where several threads must open them; else a secret of its own. */
  readonly ticketKeys?: Buffer
}

/** What a listener calls. */
export interface ListenerPorts {
  readonly snapshot: () => Snapshot
  readonly serve: (exchange: Exchange) => void
  readonly parseFault: (fault: ParseFault, connection: Connection | undefined) => void
  readonly handshakeFailed: () => void
  readonly dropped: (reason: Dropped) => void
}

export interface OpenListener {
  readonly port: number
  /** Connections at this moment. */
  readonly connections: () => number
  /** Tickets are sealed with these from now on; what was sealed with others takes a full handshake. */
  setTicketKeys(keys: Buffer): void
  /** Takes other certificates and other trust. Where the trust in clients changed, a handshake of before proves nothing. */
  renew(tls: ListenerTls): void
  /** Stops accepting, lets requests under way finish, and cuts what is left after so many milliseconds. */
  drain(within: number): Promise<void>
}

/** Opens a listener: one TLS server that splits by ALPN, so that each protocol keeps its own limits. Rejects with the system's error. */
export async function openListener(settings: ListenerSettings, ports: ListenerPorts): Promise<OpenListener> {
  const { headerTimeout } = settings
  let { tls } = settings
  const connections = new WeakMap<object, Living>()
  const sockets = new Set<TLSSocket>()
  const sessions = new Set<ServerHttp2Session>()
  const open = (downstream: Downstream) =>
    ports.serve(new Exchange(downstream, settings.name, ports.snapshot()))
  const http1 = http1Server(settings, connections, open, ports)
  const server = createTls(tlsOptions(tls, headerTimeout))
  if (settings.ticketKeys !== undefined) server.setTicketKeys(settings.ticketKeys)
  const guard = new ConnectionGuard(
    { handshakes: settings.maxHandshakes, perAddress: settings.maxConnectionsPerAddress },
    ports.dropped,
  )
  // What is one too many is closed before TLS costs anything.
  const door = createTcp({ noDelay: true }, (socket) => {
    if (guard.admits(socket)) server.emit('connection', socket)
  })
  door.maxConnections = settings.maxConnections
  door.on('drop', () => ports.dropped('max_connections'))

  server.on('secureConnection', (socket: TLSSocket) => {
    guard.isSecure(socket)
    const connection: Living = {
      ...readPeer(socket, tls.mode),
      remoteAddress: plainAddress(socket.remoteAddress ?? ''),
      protocol: socket.getProtocol() ?? '',
      idleTimeout: settings.idleTimeout,
      isClosing: false,
    }
    socket.on('error', () => socket.destroy())
    if (tls.clientCertificate === 'required' && connection.peer === null) return void socket.destroy()
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    connections.set(socket, connection)
    if (socket.alpnProtocol === 'h2')
      sessions.add(http2Session(socket, settings, connection, open, ports, sessions))
    else http1.emit('connection', socket)
  })
  server.on('tlsClientError', (_, socket) => {
    ports.handshakeFailed()
    socket.destroy()
  })

  await new Promise<void>((resolve, reject) => {
    door.once('error', reject)
    const { host, port, isShared = false } = settings
    door.listen({ host, port, exclusive: true, reusePort: isShared }, resolve)
  })
  for (const each of [door, server]) each.on('error', () => {})
  return {
    port: (door.address() as AddressInfo).port,
    connections: () => sockets.size,
    setTicketKeys: (keys) => void server.setTicketKeys(keys),
    renew: (next) => {
      server.setSecureContext(tlsOptions(next, headerTimeout))
      const trusted = isDeepStrictEqual([tls.clientCa, tls.clientCrl], [next.clientCa, next.clientCrl])
      tls = next
      if (trusted) return
      // A handshake judges a certificate by what was trusted when it began, and a client can make it last.
      guard.cutHandshakes()
      for (const socket of sockets) distrust(connections.get(socket) as Living)
      for (const session of sessions) session.close()
      http1.closeIdleConnections()
    },
    drain: async (within) => {
      const closed = new Promise<void>((resolve) => door.close(() => resolve()))
      for (const session of sessions) session.close()
      // A connection is idle once its last answer is out, so this is asked again until none is left.
      const idle = setInterval(() => http1.closeIdleConnections(), 50)
      http1.closeIdleConnections()
      const cut = setTimeout(() => {
        guard.cutHandshakes()
        for (const socket of sockets) socket.destroy()
      }, within)
      await closed
      clearInterval(idle)
      clearTimeout(cut)
      http1.close()
    },
  }
}

function http1Server(
  settings: ListenerSettings,
  connections: WeakMap<object, Connection>,
  open: (downstream: Downstream) => void,
  ports: ListenerPorts,
): Server {
  const answers = () => ports.snapshot().answers
  const server = createHttp1({
    maxHeaderSize: settings.headerSize,
    headersTimeout: settings.headerTimeout,
    requestTimeout: 0,
    keepAliveTimeout: settings.idleTimeout,
    connectionsCheckingInterval: Math.min(1_000, settings.headerTimeout),
    requireHostHeader: false,
    insecureHTTPParser: false,
    // Most requests have no body, and need no stream that says so.
    optimizeEmptyRequests: true,
  })
  // All fields are counted by us, and refused by us; Node would drop those beyond the count unseen.
  server.maxHeadersCount = 0
  server.timeout = settings.idleTimeout
  const respond = (expectsProceed: boolean) => (request: IncomingMessage, response: ServerResponse) => {
    const connection = connections.get(request.socket) as Connection
    request.on('error', () => {})
    if (connection.isClosing) return void request.resume()
    if (connection.rejected === RENEWED) response.shouldKeepAlive = false
    if (request.httpVersionMajor !== 1)
      return ports.parseFault(answerVersionFault(response, answers()), connection)
    open(new Http1Downstream(request, response, connection, expectsProceed))
  }
  server.on('request', respond(false))
  server.on('checkContinue', respond(true))
  // Refused by us as well, with a record; Node would answer by itself.
  server.on('checkExpectation', respond(false))
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    ports.parseFault(answerParseFault(error, socket, answers()), connections.get(socket))
  })
  server.on('connect', ({ socket }) => {
    const isIdle = abandonAnswers(socket)
    ports.parseFault(answerConnect(socket, isIdle, answers()), connections.get(socket))
  })
  server.on('timeout', (socket) => {
    // Silence while the upstream thinks is not the client's; an answer that is not taken, or a body that does not come, is.
    const waiting = (socket as { _httpMessage?: ServerResponse | null })._httpMessage
    if (waiting?.req?.complete !== true || socket.writableLength > 0) socket.destroy()
  })
  // The server never listens itself, yet its watch over slow headers begins with this event.
  server.emit('listening')
  return server
}

function http2Session(
  socket: TLSSocket,
  settings: ListenerSettings,
  connection: Connection,
  open: (downstream: Downstream) => void,
  ports: ListenerPorts,
  sessions: Set<ServerHttp2Session>,
): ServerHttp2Session {
  const session = performServerHandshake(socket, {
    settings: {
      enablePush: false,
      maxConcurrentStreams: settings.maxStreams,
      maxHeaderListSize: settings.headerSize,
    },
    maxHeaderListPairs: Math.max(2 * settings.rules.fieldCount, 16),
    maxSessionMemory: SESSION_MEMORY,
  })
  // What has arrived is credited to the connection at once, so this bounds no memory (the windows of the streams do): it only
  // keeps a client's large uploads from holding up its other streams for as long as a round trip takes.
  session.setLocalWindowSize(CONNECTION_WINDOW)
  guardSession(session, settings, ports.dropped)
  session.on('stream', (stream, _headers, flags, rawHeaders) => {
    stream.on('error', () => {})
    const endsHere = (flags & END_STREAM) !== 0
    const raw = readStreamHead(rawHeaders as string[], endsHere, connection.peer)
    if (raw === undefined) {
      ports.parseFault(answerStreamFault(stream, ports.snapshot().answers), connection)
      return
    }
    open(new Http2Downstream(stream, raw, connection))
  })
  session.setTimeout(settings.idleTimeout, () => session.close())
  session.once('close', () => sessions.delete(session))
  return session
}

/** Requests under way keep what they began with; the next one on the connection comes without a certificate. */
function distrust(connection: Living): void {
  if (connection.peer === null) return
  connection.peer = null
  connection.rejected = RENEWED
}

type Living = { -readonly [Key in keyof Connection]: Connection[Key] }

/** IPv4 in IPv6 clothes is IPv4 (RFC 4291 §2.5.5.2). */
function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}

const RENEWED = 'the client CAs or their revocation lists changed after the handshake'
/** RFC 9113 §6.2. */
const END_STREAM = 0x1
/** Octets. */
const CONNECTION_WINDOW = 1024 * 1024
/** MiB. */
const SESSION_MEMORY = 10
