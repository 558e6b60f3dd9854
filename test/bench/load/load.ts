import { type ChildProcess, fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Row } from '../rows.ts'
import type { Stage } from '../stage.ts'
import { busiestShare, cpuMicros, threadMicros } from './cpu.ts'
import type { Batch, GeneratorTls, Job, Report } from './generator.ts'
import { spreadOverCpus } from './pin.ts'

/** What one run of one row came to. */
export interface Load {
  /** CPU microseconds of the server a request, all threads and workers. */
  readonly cpu: number
  readonly perSecond: number
  /** Milliseconds, with every connection always waiting for an answer. */
  readonly p50: number
  readonly p99: number
  readonly p999: number
  /** What the busiest thread took of what the two busiest took together. */
  readonly busiest: number
}

export interface LoadSize {
  readonly warmUp: number
  readonly requests: number
  readonly connections: number
}

/** Runs one row in a generator of its own. Rejects where a single answer is not one that the row expects. */
export async function runRow(row: Row, stage: Stage, size: LoadSize): Promise<Load> {
  const runner = await openRow(row, stage, size.connections)
  try {
    const warmUp = size.warmUp * runner.threads
    const requests = size.requests * runner.threads
    await runner.warm(warmUp, row.requests(stage.traffic, warmUp + requests))
    return await runner.run(requests)
  } finally {
    runner.close()
  }
}

/** Connections to the server of a row; what it is sent is counted batch by batch. */
export interface RowRunner extends Runner {
  /** Each of several threads is warmed up as far as the one is elsewhere. */
  readonly threads: number
}

export async function openRow(row: Row, stage: Stage, connections: number): Promise<RowRunner> {
  const door = stage.doors.get(row.peer)
  if (door === undefined) throw new Error(`${row.title}: nothing listens for it`)
  if (door.spreadThreads !== null) spreadOverCpus(door.pid)
  const threads = door.spreadThreads ?? 1
  const runner = await openRunner({
    connections: row.connections ?? connections,
    title: row.title,
    pid: door.pid,
    port: door.port,
    protocol: row.protocol,
    inFlight: row.inFlight ?? connections * threads,
    folder: stage.folder,
    tls: row.peer.endsWith('mtls') ? stage.tls.withCertificate : stage.tls.without,
    answers: row.answers,
  })
  return { ...runner, threads }
}

/** A server to load, and what it must answer. */
export interface Target extends Pick<Row, 'title' | 'protocol' | 'answers'> {
  /** The server whose CPU time is counted. */
  readonly pid: number
  readonly port: number
  readonly connections: number
  readonly inFlight: number
  readonly folder: string
  readonly tls: GeneratorTls
}

/** A load of one batch, after one that warms up. */
export interface Plan extends Target, LoadSize {
  readonly heads: string
  /** Called while all connections are open and the server is warm, before what counts. */
  readonly whenWarm?: () => void
}

export async function runLoad(plan: Plan): Promise<Load> {
  const runner = await openRunner(plan)
  try {
    await runner.warm(plan.warmUp, plan.heads)
    plan.whenWarm?.()
    return await runner.run(plan.requests)
  } finally {
    runner.close()
  }
}

export interface Runner {
  /** Sends so many of these requests, whatever comes back. */
  warm(requests: number, heads: string): Promise<void>
  /** Sends so many, those that `warm` was given or the next ones. Rejects where an answer is not one of those expected. */
  run(requests: number, heads?: string): Promise<Load>
  close(): void
}

export async function openRunner(target: Target): Promise<Runner> {
  const { port, protocol, connections, inFlight, tls, pid } = target
  const file = join(target.folder, `requests-${randomUUID()}`)
  const generator = fork(join(import.meta.dirname, 'generator.ts'))
  const close = () => {
    generator.kill('SIGKILL')
    rmSync(file, { force: true })
  }
  generator.send({ port, protocol, connections, inFlight, tls } satisfies Job)
  try {
    await said(generator, target)
  } catch (problem) {
    close()
    throw problem
  }
  const send = async (requests: number, heads?: string) => {
    if (heads !== undefined) writeFileSync(file, heads, 'latin1')
    generator.send({ file: heads === undefined ? null : file, requests } satisfies Batch)
    return (await said(generator, target)) as Report
  }
  return {
    close,
    warm: async (requests, heads) => void (await send(requests, heads)),
    run: async (requests, heads) => {
      const threads = threadMicros(pid)
      const before = cpuMicros(pid)
      const report = await send(requests, heads)
      const cpu = cpuMicros(pid) - before
      const busiest = busiestShare(threads, threadMicros(pid))
      check(target, requests, report)
      const { p50, p99, p999, seconds } = report
      return { cpu: cpu / requests, perSecond: requests / seconds, p50, p99, p999, busiest }
    },
  }
}

async function said(generator: ChildProcess, { title }: Target): Promise<unknown> {
  const deadline = setTimeout(() => generator.kill('SIGKILL'), LONGEST_RUN)
  const over = new AbortController()
  const ended = once(generator, 'exit', over).then(() => {
    throw new Error(`${title}: the load generator ended before it was done`)
  })
  try {
    const [message] = await Promise.race([once(generator, 'message', over), ended])
    return message
  } finally {
    clearTimeout(deadline)
    over.abort()
  }
}

function check({ title, answers }: Target, requests: number, { statuses, samples }: Report): void {
  for (const { status, code, share } of answers) {
    const expected = Math.round(share * requests)
    const sample = samples[status]
    if (statuses[status] !== expected || sample === undefined) {
      const wrong = Object.values(samples).join('\n')
      throw new Error(`${title}: expected ${expected} × ${status}, got ${JSON.stringify(statuses)}\n${wrong}`)
    }
    if (code !== null && !sample.includes(`"${code}"`)) {
      throw new Error(`${title}: expected ${code}, got\n${sample}`)
    }
  }
}

/** Milliseconds. */
const LONGEST_RUN = 300_000
