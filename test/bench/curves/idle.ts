import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { setTimeout as wait } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import type { GeneratorTls } from '../load/generator.ts'
import { residentOctets } from '../load/memory.ts'
import { type Gateway, startGateway } from '../peers/gateway.ts'
import type { Stage } from '../stage.ts'
import { head } from '../traffic.ts'
import { type Curve, type CurveResult, kibibytes } from './curve.ts'

/** What is resident while TLS connections are open that have had a request each and wait for the next. */
export const idle: Curve = { key: 'idle', run }

async function run(stage: Stage, quick: boolean): Promise<CurveResult> {
  const counts = quick ? [100, 300] : [100, 500, 1_000, 2_000]
  const lines = []
  const facts: string[] = []
  for (const [name, open] of PROTOCOLS) {
    const points = await measure(stage, counts, `idle-${lines.length}`, open)
    const [first, last] = [points[0]!, points.at(-1)!]
    facts.push(`${name}: ${kibibytes((last[1] - first[1]) / (last[0] - first[0]))} a connection.`)
    lines.push({ name, points: points.map(([at, octets]) => [at, octets / 2 ** 20] as const) })
  }
  return {
    key: 'idle',
    title: 'Resident memory by the number of idle connections',
    xLabel: 'idle connections',
    yLabel: 'resident MiB',
    lines,
    facts,
    ratios: [],
  }
}

type Opener = (port: number, tls: GeneratorTls) => Promise<() => void>

/** A gateway of its own, so that what others have left in its memory is not in the way. */
async function measure(
  { folder, upstreamPort, tls }: Stage,
  counts: readonly number[],
  name: string,
  open: Opener,
): Promise<[number, number][]> {
  const plan = { folder, upstreamPort, introspectionPort: null, name, threads: 1, profiled: false }
  const gateway: Gateway = await startGateway(plan)
  const close: (() => void)[] = []
  try {
    const points: [number, number][] = []
    for (const count of counts) {
      while (close.length < count) close.push(await open(gateway.open, tls.without))
      await wait(1_000)
      points.push([count, residentOctets(gateway.pid)])
    }
    return points
  } finally {
    for (const each of close) each()
    await gateway.stop()
  }
}

/** Each opens a connection, has one request answered on it, and gives what closes it. */
const PROTOCOLS: readonly (readonly [string, Opener])[] = [
  [
    'HTTP/1.1',
    async (port, tls) => {
      const socket = connectTls({ ...tls, port, host: '127.0.0.1', ALPNProtocols: ['http/1.1'] })
      socket.write(head('/status'))
      await once(socket, 'data')
      return () => socket.destroy()
    },
  ],
  [
    'HTTP/2',
    async (port, tls) => {
      const session = connectHttp2(`https://127.0.0.1:${port}`, tls)
      const stream = session.request({ ':path': '/status', ':authority': 'api.bank.example' })
      await once(stream.resume(), 'close')
      return () => session.destroy()
    },
  ],
]
