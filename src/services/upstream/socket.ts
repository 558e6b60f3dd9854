import { connect as connectPlainly, isIP, type OnReadOpts, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectByTls } from 'node:tls'
import { afterNextReading } from '../after-reading.ts'
import { lookUp } from '../names.ts'
import { outboundTls, type TlsMaterials } from '../tls/outbound.ts'
import type { OpenSocket } from './connection.ts'

/** Where an upstream is, and how TLS is spoken with it. */
export interface SocketOptions extends TlsMaterials {
  readonly url: string
  readonly socketPath: string | null
}

/** How sockets to an upstream are opened. Each reads into memory of its own, which saves an allocation a read. */
export function socketOpener(options: SocketOptions): OpenSocket {
  const url = new URL(options.url)
  const isSecure = url.protocol === 'https:'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = Number(url.port || (isSecure ? 443 : 80))
  const place = options.socketPath === null ? { host, port, lookup: lookUp } : { path: options.socketPath }
  const tls = isSecure ? tlsOptions(options, host) : null
  let session: Buffer | undefined
  return (onOctets, onReady) => {
    const onread: OnReadOpts = {
      buffer: Buffer.allocUnsafeSlow(READ_AT_MOST),
      callback: (count, memory) => {
        // Who reads less than there was room for has read all; of TLS it is a record, and the next may have come with it.
        onOctets(Buffer.from(memory.buffer, memory.byteOffset, count), isSecure || count === READ_AT_MOST)
        return true
      },
    }
    if (tls === null) {
      const socket = connectPlainly({ ...place, onread, noDelay: true, keepAlive: true })
      return readToTheEnd(socket).once('connect', onReady)
    }
    // Node takes `onread` here too; its types do not know.
    const secure: ConnectionOptions & { onread: OnReadOpts } = { ...place, ...tls, onread }
    const socket = connectByTls(session === undefined ? secure : { ...secure, session })
    socket.setNoDelay(true).setKeepAlive(true)
    socket.on('session', (fresh) => {
      session = fresh
    })
    return readToTheEnd(socket).once('secureConnect', onReady)
  }
}

/**
 * An upstream may answer before the request is whole, and close at once (RFC 9112 §9.6). Node destroys a socket whose write fails, and
 * with it the answer that lies there unread; so what has come is read first. Where it is no answer, for nothing was sent, the
 * connection knows and is quicker.
 */
function readToTheEnd(socket: Socket): Socket {
  const destroy = socket.destroy.bind(socket)
  socket.destroy = (error?: NodeJS.ErrnoException) => {
    if (error?.syscall !== 'write') return destroy(error)
    afterNextReading(() => destroy(error))
    return socket
  }
  return socket
}

function tlsOptions(materials: TlsMaterials, host: string): ConnectionOptions {
  return {
    // The name that the certificate must have, also behind a socket in the file system; addresses go without SNI (RFC 6066 §3).
    host,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ALPNProtocols: ['http/1.1'],
    ...outboundTls(materials),
  }
}

/** Octets. */
const READ_AT_MOST = 64 * 1024
