import { once } from 'node:events'
import { connect, type TLSSocket } from 'node:tls'
import { type Channel, type Job, SUITE } from './generator.ts'
import { readResponse } from './response.ts'

/** HTTP/1.1: a channel for each connection. A few handshakes at a time, so that no backlog overflows. */
export async function openHttp1(job: Job, failed: (problem: Error) => void): Promise<readonly Channel[]> {
  const channels: Channel[] = []
  while (channels.length < job.connections) {
    const batch = Math.min(HANDSHAKES, job.connections - channels.length)
    const sockets = await Promise.all(Array.from({ length: batch }, () => openSocket(job)))
    channels.push(...sockets.map((socket) => channelOf(socket, failed)))
  }
  return channels
}

async function openSocket({ port, tls }: Pick<Job, 'port' | 'tls'>): Promise<TLSSocket> {
  const socket = connect({
    ...tls,
    host: '127.0.0.1',
    port,
    ALPNProtocols: ['http/1.1'],
    ciphers: SUITE,
    minVersion: 'TLSv1.3',
  })
  await once(socket, 'secureConnect')
  socket.setNoDelay(true)
  return socket
}

function channelOf(socket: TLSSocket, failed: (problem: Error) => void): Channel {
  let text = ''
  let tell: ((status: number, text: string) => void) | undefined
  socket.on('error', failed)
  socket.on('close', () => failed(new Error(`the server closed a connection after:\n${text}`)))
  socket.on('data', (chunk: Buffer) => {
    text = text === '' ? chunk.toString('latin1') : text + chunk.toString('latin1')
    const status = readResponse(text)
    if (status !== undefined) tell?.(status, text)
  })
  return {
    send: (head, done) => {
      text = ''
      tell = done
      socket.write(head)
    },
  }
}

const HANDSHAKES = 64
