import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { BodyJob } from '../load/body-generator.ts'
import { cpuMicros } from '../load/cpu.ts'
import { forgetPeak, peakOctets, residentOctets } from '../load/memory.ts'
import { startGateway } from '../peers/gateway.ts'
import { nginxVersion, startNginx } from '../peers/nginx.ts'
import { freePorts, type Server } from '../peers/server.ts'
import { figure } from '../report/figure.ts'
import { quotient } from '../report/round.ts'
import type { Stage } from '../stage.ts'
import { type Curve, type CurveResult, mebibytes } from './curve.ts'

/** Bodies in both directions, four at a time, through a public route and through nginx. */
export const bodies: Curve = { key: 'bodies', run }

type Direction = BodyJob['direction']

/** MiB a CPU second of each round, by what was measured. */
type Found = Map<string, number[]>

async function run(stage: Stage, quick: boolean): Promise<CurveResult> {
  const sizes = quick ? [2 ** 10, 2 ** 20, 16 * 2 ** 20] : [2 ** 10, 2 ** 15, 2 ** 20, 16 * 2 ** 20, LARGEST]
  const upstream = fork(join(import.meta.dirname, '../peers/bulk-upstream.ts'))
  const [upstreamPort] = (await once(upstream, 'message')) as [number]
  const servers = new Map<string, Server & { readonly port: number }>()
  try {
    const plan = { folder: stage.folder, upstreamPort, introspectionPort: null, threads: 1, profiled: false }
    const gateway = await startGateway({ ...plan, name: 'bodies' })
    servers.set('Holdfast', { ...gateway, port: gateway.open })
    if (nginxVersion() !== null) {
      const [port] = (await freePorts(1)) as [number]
      servers.set('nginx', { ...(await startNginx({ folder: stage.folder, upstreamPort, port })), port })
    }
    const found: Found = new Map()
    let growth = 0
    for (let round = 0; round <= (quick ? 1 : 2); round++) {
      for (const size of sizes) {
        for (const direction of ['down', 'up'] as const) {
          for (const [name, server] of servers) {
            const before = residentOctets(server.pid)
            forgetPeak(server.pid)
            const speed = await throughput(stage, server, direction, size, quick)
            if (round === 0) continue
            if (name === 'Holdfast') growth = Math.max(growth, peakOctets(server.pid) - before)
            const key = `${name}, ${direction} ${size}`
            found.set(key, [...(found.get(key) ?? []), speed])
          }
        }
      }
    }
    return curveOf(found, sizes, [...servers.keys()], growth)
  } finally {
    for (const server of servers.values()) await server.stop()
    upstream.kill('SIGKILL')
  }
}

async function throughput(
  { tls }: Stage,
  { pid, port }: { readonly pid: number; readonly port: number },
  direction: Direction,
  size: number,
  quick: boolean,
): Promise<number> {
  const octets = (quick ? 32 : 400) * 2 ** 20
  const transfers = Math.max(CONNECTIONS, Math.min(Math.floor(octets / size), quick ? 400 : 3_000))
  const generator = fork(join(import.meta.dirname, '../load/body-generator.ts'))
  const deadline = setTimeout(() => generator.kill('SIGKILL'), LONGEST_RUN)
  try {
    const job: BodyJob = { port, direction, size, transfers, connections: CONNECTIONS, tls: tls.without }
    generator.send(job)
    await said(generator, direction, size)
    const before = cpuMicros(pid)
    generator.send('go')
    await said(generator, direction, size)
    return (transfers * size) / 2 ** 20 / ((cpuMicros(pid) - before) / 1e6)
  } finally {
    clearTimeout(deadline)
    generator.kill('SIGKILL')
  }
}

async function said(generator: ChildProcess, direction: Direction, size: number): Promise<void> {
  const ended = once(generator, 'exit').then(() => {
    throw new Error(`bodies of ${size} octets, ${direction}: the generator ended before it was done`)
  })
  ended.catch(() => {})
  await Promise.race([once(generator, 'message'), ended])
}

function curveOf(
  found: Found,
  sizes: readonly number[],
  names: readonly string[],
  growth: number,
): CurveResult {
  const directions = ['down', 'up'] as const
  const largest = sizes.at(-1) as number
  const of = (name: string, direction: Direction, size: number) =>
    found.get(`${name}, ${direction} ${size}`) ?? []
  return {
    key: 'bodies',
    title: 'Throughput of bodies by their size',
    xLabel: 'octets a body',
    yLabel: 'MiB a CPU second',
    lines: names.flatMap((name) =>
      directions.map((direction) => ({
        name: `${name}, ${direction}`,
        points: sizes.map((size) => [size, figure(of(name, direction, size))?.median ?? 0] as const),
      })),
    ),
    facts: [
      `Holdfast's resident memory grew by ${mebibytes(growth)} at most while four bodies were under way, of whatever size.`,
    ],
    ratios: directions.map((direction) => ({
      key: `bodies nginx/holdfast ${direction}`,
      title: `nginx ÷ Holdfast, ${mebibytes(largest)} bodies ${direction}, throughput a CPU second`,
      bound: 3,
      value: figure(
        of('nginx', direction, largest).map((speed, round) =>
          quotient(speed, of('Holdfast', direction, largest)[round]),
        ),
      ),
    })),
  }
}

const CONNECTIONS = 4
const LARGEST = 100 * 2 ** 20
/** Milliseconds. */
const LONGEST_RUN = 300_000
