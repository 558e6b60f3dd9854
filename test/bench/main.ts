import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { runLoad } from './load.ts'
import { verificationMicros } from './openssl.ts'
import { pinToOneCpu } from './pin.ts'
import { summarise } from './profile.ts'
import { type Round, readMachine, results, write } from './results.ts'
import { ROWS, type Row } from './rows.ts'
import { openStage, type Stage } from './stage.ts'
import { asTable } from './table.ts'

/** `npm run bench`: every row in turn, several times over, on 127.0.0.1 alone; then one table of all of them. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { quick: { type: 'boolean', default: false }, profile: { type: 'string' } },
  })
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-'))
  // A profile counts time and not CPU time, so the gateway must not have to share its CPU while it is taken.
  const where = values.profile === undefined ? pinToOneCpu() : 'the processes are spread over them'
  say(`${cpus().length} CPUs, load average ${loadavg()[0]?.toFixed(2)}; ${where}`)
  const profiled = values.profile === undefined ? null : rowNamed(values.profile)
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
  const stage = await openStage(folder, profiled !== null)
  try {
    if (profiled !== null) await profile(profiled, stage, folder)
    else await measure(stage, values.quick)
  } finally {
    await stage.close()
  }
}

async function measure(stage: Stage, quick: boolean): Promise<void> {
  const size = quick ? QUICK : FULL
  const rows = ROWS.filter(({ peer }) => stage.peers.has(peer))
  if (stage.missing !== null) say(stage.missing)
  const machine = readMachine()
  const rounds: Round[] = []
  // Interleaved, so that whatever else this machine does meets every row alike; the first round warms up and is left out.
  for (let round = 0; round <= size.rounds; round++) {
    const loads = new Map<string, Awaited<ReturnType<typeof runLoad>>>()
    for (const row of rows) loads.set(row.key, await runLoad(row, stage, size))
    if (round > 0) rounds.push({ loads, verification: await verificationMicros(size.opensslSeconds) })
    say(round === 0 ? `warmed up; ${size.rounds} rounds follow` : `round ${round} of ${size.rounds}`)
  }
  const found = results(rows, rounds, machine, { ...size, quick })
  say(`\n${asTable(found)}`)
  say(`\nwritten to ${write(found)}`)
}

/** One row against a gateway that samples itself; prints where its CPU time went. */
async function profile(row: Row, stage: Stage, folder: string): Promise<void> {
  await runLoad(row, stage, PROFILE)
  await stage.close()
  say(`${row.title}\n${summarise(folder)}`)
}

function rowNamed(key: string): Row {
  const row = ROWS.find((each) => each.key === key && each.peer !== 'nginx')
  if (row !== undefined) return row
  const known = ROWS.filter(({ peer }) => peer !== 'nginx').map((each) => each.key)
  throw new Error(`there is no row “${key}” to profile; there are ${known.join(', ')}`)
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

const FULL = { rounds: 7, warmUp: 2_000, requests: 12_000, connections: 32, opensslSeconds: 2 }
const QUICK = { rounds: 2, warmUp: 300, requests: 1_500, connections: 32, opensslSeconds: 1 }
const PROFILE = { warmUp: 2_000, requests: 40_000, connections: 32 }

await main()
