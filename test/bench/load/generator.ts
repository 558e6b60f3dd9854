import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import type { Protocol } from '../rows.ts'
import { openHttp1 } from './http1-channel.ts'
import { openHttp2 } from './http2-channel.ts'

/** Where a generator is to connect, and how. */
export interface Job {
  readonly port: number
  readonly protocol: Protocol
  readonly connections: number
  /** Requests under way at a time; where there are more connections, they take turns. */
  readonly inFlight: number
  readonly tls: GeneratorTls
}

/** What it is told to send, as often as one likes. */
export interface Batch {
  /** Heads of requests one after the other; taken in order, and from the start again where they run out. Null: those of before. */
  readonly file: string | null
  readonly requests: number
}

/** PEM. */
export interface GeneratorTls {
  readonly ca: string
  readonly servername: string
  readonly cert?: string
  readonly key?: string
}

/** What it saw of a batch. */
export interface Report {
  readonly seconds: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
  readonly p999: number
  readonly statuses: { readonly [status: string]: number }
  /** The last answer of each status, as much of it as was read. */
  readonly samples: { readonly [status: string]: string }
}

/** One request at a time. */
export interface Channel {
  /** Octets of the request's head; calls back with the status and the text once the answer is whole. */
  send(head: Buffer, done: (status: number, text: string) => void): void
}

/** One cipher suite for all, so that every server pays for the same whatever it prefers. */
export const SUITE = 'TLS_AES_128_GCM_SHA256'

/**
 * The load generator, a process of its own that does as little as it can: octets that were made before, connections
 * that stay open, on each the next request when the answer to the last is whole. TLS 1.3.
 */
async function generate(job: Job): Promise<void> {
  const failed = (problem: Error) => {
    throw problem
  }
  const channels = job.protocol === 'h2' ? await openHttp2(job, failed) : await openHttp1(job, failed)
  let next = cycle([])
  process.on('message', async ({ file, requests }: Batch) => {
    if (file !== null) next = cycle(splitHeads(readFileSync(file)))
    process.send?.(await drive(channels, job.inFlight, requests, next))
  })
  process.send?.('connected')
}

function drive(
  channels: readonly Channel[],
  inFlight: number,
  count: number,
  next: () => Buffer,
): Promise<Report> {
  const latencies = new Float64Array(count)
  const statuses: { [status: string]: number } = {}
  const samples: { [status: string]: string } = {}
  const idle = new Idle(channels)
  let sent = 0
  let answered = 0
  const began = performance.now()
  return new Promise((resolve) => {
    if (count === 0) return resolve(report(0, latencies, statuses, samples))
    const send = () => {
      if (sent === count) return
      sent++
      const channel = idle.take()
      const sentAt = performance.now()
      channel.send(next(), (status, text) => {
        latencies[answered++] = performance.now() - sentAt
        statuses[status] = (statuses[status] ?? 0) + 1
        samples[status] = text
        if (answered === count)
          return resolve(report(performance.now() - began, latencies, statuses, samples))
        idle.give(channel)
        send()
      })
    }
    for (let under = 0; under < Math.min(inFlight, channels.length); under++) send()
  })
}

/** A ring: who has waited longest comes first, and none is left out. */
class Idle {
  readonly #ring: Channel[]
  #first = 0
  #free = 0

  constructor(channels: readonly Channel[]) {
    this.#ring = [...channels]
  }

  take(): Channel {
    return this.#ring[this.#first++ % this.#ring.length] as Channel
  }

  give(channel: Channel): void {
    this.#ring[this.#free++ % this.#ring.length] = channel
  }
}

function report(
  elapsed: number,
  latencies: Float64Array,
  statuses: Report['statuses'],
  samples: Report['samples'],
): Report {
  latencies.sort()
  const at = (share: number) => percentile(latencies, share)
  return { seconds: elapsed / 1000, p50: at(0.5), p99: at(0.99), p999: at(0.999), statuses, samples }
}

/** Of sorted values: the smallest that at least this share of them do not exceed (nearest rank). */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] as number
}

export function splitHeads(octets: Buffer): readonly Buffer[] {
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

if (import.meta.main) {
  process.once('disconnect', () => process.exit(0))
  const [job] = (await once(process, 'message')) as [Job]
  await generate(job)
}
