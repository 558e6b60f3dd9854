import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { measureCurves } from './curves/main.ts'
import { measure } from './measure.ts'
import { measureMicros } from './micro/main.ts'
import { profileRow } from './profile-row.ts'

/** `npm run bench`: what it can do, by its arguments. README.md says what each takes and means. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
      accept: { type: 'boolean', default: false },
      curves: { type: 'boolean', default: false },
      micro: { type: 'boolean', default: false },
      only: { type: 'string' },
      profile: { type: 'string' },
    },
  })
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
  say(`${cpus().length} CPUs, load average ${loadavg()[0]?.toFixed(2)}`)
  const only = values.only?.split(',') ?? null
  const options = { ...values, only, folder, say }
  if (values.profile !== undefined) await profileRow(values.profile, folder, say)
  else if (values.micro) measureMicros(options)
  else if (!(await (values.curves ? measureCurves(options) : measure(options)))) process.exitCode = 1
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

await main()
