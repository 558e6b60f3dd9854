import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cpuMicros } from './cpu.ts'
import type { Job, Report } from './generator.ts'
import type { Row } from './rows.ts'
import type { Stage } from './stage.ts'

/** What one run of one row came to. */
export interface Load {
  /** CPU microseconds of the server a request, all threads and workers. */
  readonly cpu: number
  readonly perSecond: number
  /** Milliseconds, with every connection always waiting for an answer. */
  readonly p50: number
  readonly p99: number
}

export interface LoadSize {
  readonly warmUp: number
  readonly requests: number
  readonly connections: number
}

/** Runs one row in a generator of its own. Rejects where a single answer is not the one that the row expects. */
export async function runLoad(row: Row, stage: Stage, size: LoadSize): Promise<Load> {
  const peer = stage.peers.get(row.peer)
  if (peer === undefined) throw new Error(`${row.title}: nothing listens for it`)
  const file = join(stage.folder, 'requests')
  writeFileSync(file, row.requests(stage.traffic, size.warmUp + size.requests), 'latin1')
  const generator = fork(join(import.meta.dirname, 'generator.ts'))
  const deadline = setTimeout(() => generator.kill('SIGKILL'), LONGEST_RUN)
  try {
    const { tls } = stage
    generator.send({
      ...size,
      file,
      port: peer.port,
      tls: row.peer === 'mtls' ? tls.withCertificate : tls.without,
    } satisfies Job)
    await said(generator, row)
    const before = cpuMicros(peer.pid)
    generator.send('go')
    const report = (await said(generator, row)) as Report
    const cpu = cpuMicros(peer.pid) - before
    check(row, report, size)
    return {
      cpu: cpu / size.requests,
      perSecond: size.requests / report.seconds,
      p50: report.p50,
      p99: report.p99,
    }
  } finally {
    clearTimeout(deadline)
    generator.kill('SIGKILL')
    rmSync(file)
  }
}

async function said(generator: ChildProcess, row: Row): Promise<unknown> {
  const ended = once(generator, 'exit').then(() => {
    throw new Error(`${row.title}: the load generator ended before it was done`)
  })
  ended.catch(() => {})
  const [message] = await Promise.race([once(generator, 'message'), ended])
  return message
}

function check(row: Row, { statuses, sample }: Report, { requests }: LoadSize): void {
  if (statuses[row.status] !== requests) {
    throw new Error(
      `${row.title}: expected ${requests} × ${row.status}, got ${JSON.stringify(statuses)}\n${sample}`,
    )
  }
  if (row.code !== null && !sample.includes(`"${row.code}"`)) {
    throw new Error(`${row.title}: expected ${row.code}, got\n${sample}`)
  }
}

/** Milliseconds. */
const LONGEST_RUN = 60_000
