import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, type TLSSocket } from 'node:tls'
import { readResponse } from './response.ts'

/** What a generator is told to do. */
export interface Job {
  readonly port: number
  /** Heads of requests one after the other; taken in order, and from the start again where they run out. */
  readonly file: string
  readonly connections: number
  /** Requests that are sent first and count for nothing. */
  readonly warmUp: number
  readonly requests: number
  readonly tls: GeneratorTls
}

/** PEM. */
export interface GeneratorTls {
  readonly ca: string
  readonly servername: string
  readonly cert?: string
  readonly key?: string
}

/** What it saw, once it has been told to go and is done. */
export interface Report {
  readonly seconds: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
  readonly statuses: { readonly [status: string]: number }
  /** The last answer, whole. */
  readonly sample: string
}

/**
 * The load generator, a process of its own that does as little as it can: octets that were made before, connections
 * that stay open, on each the next request when the answer to the last is whole. HTTP/1.1 over TLS 1.3.
 */
async function generate(job: Job): Promise<void> {
  const next = cycle(splitHeads(readFileSync(job.file)))
  const sockets = await Promise.all(Array.from({ length: job.connections }, () => open(job)))
  await drive(sockets, job.warmUp, next)
  const go = once(process, 'message')
  process.send?.('warm')
  await go
  const report = await drive(sockets, job.requests, next)
  process.send?.(report)
}

async function open({ port, tls }: Job): Promise<TLSSocket> {
  // One suite, so that every server pays for the same cipher whatever it prefers.
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

function drive(sockets: readonly TLSSocket[], count: number, next: () => Buffer): Promise<Report> {
  const latencies = new Float64Array(count)
  const statuses: { [status: string]: number } = {}
  let sent = 0
  let answered = 0
  const began = performance.now()
  return new Promise((resolve, reject) => {
    for (const socket of sockets) {
      let text = ''
      let sentAt = 0
      const send = () => {
        if (sent === count) return
        sent++
        sentAt = performance.now()
        socket.write(next())
      }
      socket.removeAllListeners('data').removeAllListeners('close').removeAllListeners('error')
      socket.on('error', reject)
      socket.on('close', () => reject(new Error('the server closed a connection')))
      socket.on('data', (chunk: Buffer) => {
        text = text === '' ? chunk.toString('latin1') : text + chunk.toString('latin1')
        const status = readResponse(text)
        if (status === undefined) return
        statuses[status] = (statuses[status] ?? 0) + 1
        latencies[answered++] = performance.now() - sentAt
        if (answered === count) return resolve(report(performance.now() - began, latencies, statuses, text))
        text = ''
        send()
      })
      send()
    }
  })
}

function report(
  elapsed: number,
  latencies: Float64Array,
  statuses: Report['statuses'],
  sample: string,
): Report {
  latencies.sort()
  const at = (share: number) => latencies[Math.floor(share * (latencies.length - 1))] as number
  return { seconds: elapsed / 1000, p50: at(0.5), p99: at(0.99), statuses, sample }
}

function splitHeads(octets: Buffer): readonly Buffer[] {
  const heads: Buffer[] = []
  for (let from = 0; from < octets.length; ) {
    const end = octets.indexOf('\r\n\r\n', from) + 4
    heads.push(octets.subarray(from, end))
    from = end
  }
  return heads
}

function cycle(heads: readonly Buffer[]): () => Buffer {
  let at = 0
  return () => heads[at++ % heads.length] as Buffer
}

const SUITE = 'TLS_AES_128_GCM_SHA256'

if (import.meta.main) {
  process.once('disconnect', () => process.exit(0))
  const [job] = (await once(process, 'message')) as [Job]
  await generate(job)
}
