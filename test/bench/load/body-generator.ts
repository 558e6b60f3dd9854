import { once } from 'node:events'
import { connect, type TLSSocket } from 'node:tls'
import { type GeneratorTls, SUITE } from './generator.ts'

/** What a generator of bodies is told to do. */
export interface BodyJob {
  readonly port: number
  readonly direction: 'down' | 'up'
  /** Octets of one body. */
  readonly size: number
  readonly transfers: number
  /** Under way at a time, each on a connection of its own. */
  readonly connections: number
  readonly tls: GeneratorTls
}

/** A process of its own: sends `warm` once the connections are open and one body went over each; then does its job. */
async function generate(job: BodyJob): Promise<void> {
  const sockets = await Promise.all(Array.from({ length: job.connections }, () => open(job)))
  await Promise.all(sockets.map((socket) => transfer(socket, job)))
  const go = once(process, 'message')
  process.send?.('warm')
  await go
  const began = performance.now()
  let left = job.transfers
  await Promise.all(
    sockets.map(async (socket) => {
      while (left-- > 0) await transfer(socket, job)
    }),
  )
  process.send?.((performance.now() - began) / 1000)
}

async function open({ port, tls }: BodyJob): Promise<TLSSocket> {
  const options = { ALPNProtocols: ['http/1.1'], ciphers: SUITE, minVersion: 'TLSv1.3' } as const
  const socket = connect({ ...tls, ...options, host: '127.0.0.1', port })
  await once(socket, 'secureConnect')
  socket.setNoDelay(true)
  return socket
}

/** One body over and its answer back, whole. Rejects where the answer is not 200, or the connection ends. */
async function transfer(socket: TLSSocket, { direction, size, tls }: BodyJob): Promise<void> {
  const answered = answer(socket, direction === 'down' ? size : null)
  const method = direction === 'down' ? 'GET' : 'POST'
  const length = direction === 'down' ? '' : `Content-Length: ${size}\r\n`
  socket.write(`${method} /bytes/${size} HTTP/1.1\r\nHost: ${tls.servername}\r\n${length}\r\n`)
  if (direction === 'up') await upload(socket, size)
  await answered
}

async function upload(socket: TLSSocket, size: number): Promise<void> {
  for (let left = size; left > 0; left -= CHUNK.length) {
    const flows = socket.write(left >= CHUNK.length ? CHUNK : CHUNK.subarray(0, left))
    if (!flows) await once(socket, 'drain')
  }
}

function answer(socket: TLSSocket, expected: number | null): Promise<void> {
  return new Promise((resolve, reject) => {
    let head = ''
    let left: number | null = null
    const done = (problem?: Error) => {
      socket.off('data', read).off('close', closed)
      if (problem === undefined) resolve()
      else reject(problem)
    }
    const closed = () => done(new Error(`the server closed a connection after:\n${head}`))
    const read = (chunk: Buffer) => {
      let body = chunk.length
      if (left === null) {
        const before = head.length
        head += chunk.toString('latin1')
        const end = head.indexOf('\r\n\r\n')
        if (end < 0) return
        const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head.slice(0, end))?.[1])
        if (!head.startsWith('HTTP/1.1 200') || (expected !== null && length !== expected))
          return done(new Error(`not the answer that was expected:\n${head.slice(0, 500)}`))
        body -= end + 4 - before
        left = length
      }
      left -= body
      if (left === 0) done()
      else if (left < 0) done(new Error('more octets than were announced'))
    }
    socket.on('data', read).on('close', closed)
  })
}

const CHUNK = Buffer.alloc(64 * 1024, 'x')

if (import.meta.main) {
  process.once('disconnect', () => process.exit(0))
  const [job] = (await once(process, 'message')) as [BodyJob]
  await generate(job)
}
