import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Living } from '../client-trust.ts'
import type { Connection } from '../downstream.ts'
import { interactionIdOf } from '../exchange.ts'
import type { ListenerPorts, ListenerSettings } from '../listener.ts'
import { type ParseFault, parseFaultAnswer } from '../parse-fault.ts'
import { Http1Connection, type Http1Ports } from './connection.ts'

/** The HTTP/1.1 connections of a listener: one request at a time on each. */
export class Http1Connections {
  readonly #settings: ListenerSettings
  readonly #ports: Http1Ports
  readonly #all = new Map<TLSSocket, Http1Connection>()

  constructor(settings: ListenerSettings, { serve, snapshot, parseFault, dropped }: ListenerPorts) {
    this.#settings = settings
    this.#ports = {
      open: serve,
      fault: ({ denial, detail, fields, method }, connection, underWay) => {
        const interactionId = underWay?.interactionId ?? interactionIdOf(fields)
        const fault: ParseFault = { denial, detail, interactionId }
        // The one under way has a record of its own.
        if (underWay === null) parseFault(fault, connection)
        const isToHead = (underWay?.raw.method ?? method) === 'HEAD'
        return parseFaultAnswer(fault, snapshot().answers, isToHead)
      },
      slowRead: () => dropped('slow_read'),
    }
  }

  /** `transport`: what TLS runs over. */
  open(socket: TLSSocket, transport: Socket, connection: Living): Http1Connection {
    const opened = new Http1Connection(socket, transport, connection, this.#settings, this.#ports)
    this.#all.set(socket, opened)
    socket.once('close', () => this.#all.delete(socket))
    return opened
  }

  /**
   * Lets the next answer on each be its last. A request that crosses the end of its connection is lost, and its client cannot tell whether
   * it was served (RFC 9112 §9.5): so who is busy is told with an answer.
   */
  announceEnd(): void {
    for (const connection of this.#all.values()) connection.isLast = true
  }

  /** Closes what has no request under way; of the others the one under way is the last. */
  retire(isMeant: (connection: Connection) => boolean = () => true): void {
    for (const connection of this.#all.values()) if (isMeant(connection.shared)) connection.retire()
  }

  /** Ends a connection at once. */
  end(socket: TLSSocket): void {
    this.#all.get(socket)?.cut()
  }

  /** Called every second or so: ends what waits too long. */
  look(now: number): void {
    for (const connection of this.#all.values()) connection.look(now)
  }

  cut(): void {
    for (const connection of this.#all.values()) connection.cut()
  }
}
