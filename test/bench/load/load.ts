import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Row } from '../rows.ts'
import type { Stage } from '../stage.ts'
import { busiestShare, cpuMicros, threadMicros } from './cpu.ts'
import type { GeneratorTls, Job, Report } from './generator.ts'
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
export function runRow(row: Row, stage: Stage, size: LoadSize): Promise<Load> {
  const door = stage.doors.get(row.peer)
  if (door === undefined) throw new Error(`${row.title}: nothing listens for it`)
  if (door.spreadThreads !== null) spreadOverCpus(door.pid)
  // Each of several threads is warmed up as far as the one is elsewhere.
  const threads = door.spreadThreads ?? 1
  const warmUp = size.warmUp * threads
  const requests = size.requests * threads
  return runLoad({
    warmUp,
    requests,
    connections: row.connections ?? size.connections,
    title: row.title,
    pid: door.pid,
    port: door.port,
    protocol: row.protocol,
    inFlight: row.inFlight ?? size.connections * threads,
    folder: stage.folder,
    heads: row.requests(stage.traffic, warmUp + requests),
    tls: row.peer.endsWith('mtls') ? stage.tls.withCertificate : stage.tls.without,
    answers: row.answers,
  })
}

/** A load, and what must come of it. */
export interface Plan extends LoadSize, Pick<Row, 'title' | 'protocol' | 'answers'> {
  /** The server whose CPU time is counted. */
  readonly pid: number
  readonly port: number
  readonly inFlight: number
  readonly folder: string
  readonly heads: string
  readonly tls: GeneratorTls
  /** Called while all connections are open and the server is warm, before what counts. */
  readonly whenWarm?: () => void
}

export async function runLoad(plan: Plan): Promise<Load> {
  const file = join(plan.folder, 'requests')
  writeFileSync(file, plan.heads, 'latin1')
  const generator = fork(join(import.meta.dirname, 'generator.ts'))
  const deadline = setTimeout(() => generator.kill('SIGKILL'), LONGEST_RUN)
  try {
    const { port, protocol, connections, inFlight, warmUp, requests, tls } = plan
    generator.send({ file, port, protocol, connections, inFlight, warmUp, requests, tls } satisfies Job)
    await said(generator, plan)
    plan.whenWarm?.()
    const threads = threadMicros(plan.pid)
    const before = cpuMicros(plan.pid)
    generator.send('go')
    const report = (await said(generator, plan)) as Report
    const cpu = cpuMicros(plan.pid) - before
    const busiest = busiestShare(threads, threadMicros(plan.pid))
    check(plan, report)
    const { p50, p99, p999, seconds } = report
    return { cpu: cpu / requests, perSecond: requests / seconds, p50, p99, p999, busiest }
  } finally {
    clearTimeout(deadline)
    generator.kill('SIGKILL')
    rmSync(file)
  }
}

async function said(generator: ChildProcess, { title }: Plan): Promise<unknown> {
  const ended = once(generator, 'exit').then(() => {
    throw new Error(`${title}: the load generator ended before it was done`)
  })
  ended.catch(() => {})
  const [message] = await Promise.race([once(generator, 'message'), ended])
  return message
}

function check({ title, answers, requests }: Plan, { statuses, samples }: Report): void {
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
