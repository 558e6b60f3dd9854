import {
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type ServerSessionOptions,
} from 'node:http2'
import type { TLSSocket } from 'node:tls'
import type { Living } from '../client-trust.ts'
import type { Connection } from '../downstream.ts'
import type { ListenerPorts, ListenerSettings } from '../listener.ts'
import { answerStreamFault } from '../parse-fault.ts'
import { RequestFault } from '../request-fault.ts'
import { Awaited } from './awaited.ts'
import { AwaitedAnswer } from './awaited-answer.ts'
import { Http2Downstream, ignore, unburden } from './downstream.ts'
import { LiveSession, type LiveStream } from './live-session.ts'
import { readStreamHead } from './request-head.ts'
import { guardSession } from './session-guard.ts'

/** The HTTP/2 connections of a listener: many requests at a time on each. */
export class Http2Sessions {
  readonly #settings: ListenerSettings
  readonly #ports: ListenerPorts
  readonly #sessions = new Map<TLSSocket, LiveSession>()
  readonly #awaited: Awaited

  constructor(settings: ListenerSettings, ports: ListenerPorts) {
    this.#settings = settings
    this.#ports = ports
    this.#awaited = new Awaited(settings.untakenAnswers, () => ports.dropped('slow_read'))
  }

  open(socket: TLSSocket, connection: Living): ServerHttp2Session {
    const session = performServerHandshake(socket, sessionOptions(this.#settings))
    // What has arrived is credited to the connection at once, so this bounds no memory (the windows of the streams do): it only
    // keeps a client's large uploads from holding up its other streams for as long as a round trip takes.
    session.setLocalWindowSize(CONNECTION_WINDOW)
    guardSession(session, this.#settings, this.#ports.dropped)
    const live = new LiveSession(session, connection)
    this.#sessions.set(socket, live)
    session.on('stream', (stream, _headers, flags, rawHeaders) => {
      const its = live.begins()
      const over = () => its.is('over')
      // Behind its own GOAWAY a client can have a stream never close.
      stream.on('finish', over)
      stream.on('close', over)
      stream.on('error', ignore)
      unburden(stream)
      this.#read(stream, rawHeaders as string[], (flags & END_STREAM) !== 0, its)
    })
    session.setTimeout(this.#settings.idleTimeout, () => session.close())
    session.once('close', () => this.#sessions.delete(socket))
    return session
  }

  /** Lets requests under way end, takes no more, and says which were not served (GOAWAY, RFC 9113 §6.8). */
  close(isMeant: (connection: Connection) => boolean = () => true): void {
    for (const { session, connection } of this.#sessions.values()) if (isMeant(connection)) session.close()
  }

  /** Ends a connection at once; its client is told which requests were not served (GOAWAY). */
  end(socket: TLSSocket): void {
    const live = this.#sessions.get(socket)
    // One that has ended already only waits for its client to close, and Node does nothing more about it.
    if (live === undefined || live.session.closed || live.session.destroyed) return void socket.destroy()
    live.connection.waitsSince = null
    live.session.destroy()
  }

  /**
   * Ends all of them in this very moment. A thread that ends still reads what has come, without running anything of ours, and where a
   * stream then begins and brings octets Node aborts the process.
   */
  cut(): void {
    for (const { session } of this.#sessions.values()) session.destroy()
  }

  /** Called every second or so: ends what is not taken, and who asks for nothing. */
  look(now: number): void {
    this.#awaited.look(now)
    const { idleTimeout } = this.#settings
    for (const [socket, live] of this.#sessions) {
      const { session } = live
      // Pings, and a head that never ends, keep the timeout of Node away.
      const { waitsSince } = live.connection
      if (!session.closed && waitsSince !== null && now - waitsSince > idleTimeout) session.close()
      // One that ended in good order has still to be taken, at its client's pace, though Node has handed all of it to the system.
      if (session.destroyed || (session.closed && live.streams === 0))
        letGo(socket, live, now, session.closed ? idleTimeout : LAST_WORD)
    }
  }

  #read(stream: ServerHttp2Stream, flat: string[], endsHere: boolean, its: LiveStream): void {
    const { connection } = its
    const raw = readStreamHead(flat, endsHere, connection, this.#settings.headerSize)
    if (!(raw instanceof RequestFault))
      return this.#ports.serve(new Http2Downstream(stream, raw, its, this.#awaited))
    const { answers } = this.#ports.snapshot()
    this.#ports.parseFault(answerStreamFault(stream, raw, answers), connection)
    new AwaitedAnswer(stream, its, this.#awaited).wrote(0, true)
  }
}

/**
 * Who does not take the last octets of a session that is closed keeps its connection open, and nothing else would end it. Nor would
 * anything where a session meets an error of its protocol while it writes, and its client resets the connection: Node then waits for
 * that write for ever, and tells nobody of error or end.
 */
function letGo(socket: TLSSocket, live: LiveSession, now: number, within: number): void {
  live.over ??= now
  if (now - live.over > within) socket.destroy()
}

/**
 * How HTTP/2 is spoken. Heads are announced to be taken that are twice as large as those that are (RFC 9113 §6.5.2), so that what is too large is
 * refused here: past the one Node resets the stream and tells nobody, and it looks only once the client has acknowledged our settings.
 */
function sessionOptions({ maxStreams, headerSize, rules }: ListenerSettings): ServerSessionOptions {
  return {
    settings: { enablePush: false, maxConcurrentStreams: maxStreams, maxHeaderListSize: 2 * headerSize },
    maxHeaderListPairs: Math.max(2 * rules.fieldCount, 16),
    maxSessionMemory: SESSION_MEMORY,
    // By it Node has some fields once that are lists, and what may come only once is judged for both protocols alike.
    strictSingleValueFields: false,
  }
}

/** RFC 9113 §6.2. */
const END_STREAM = 0x1
/** Octets. */
const CONNECTION_WINDOW = 1024 * 1024
/** Milliseconds that a session which has failed has for what it still writes. */
const LAST_WORD = 1_000
/** MiB. */
const SESSION_MEMORY = 10
