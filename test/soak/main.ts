import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { positive } from '../support/positive.ts'
import { report } from './report.ts'
import { soak } from './soak.ts'

/** `npm run soak -- [--minutes 10] [--rate 250] [--keep]`: ends with 1 where anything was violated. */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    rate: { type: 'string', default: '250' },
    keep: { type: 'boolean', default: false },
  },
})
const seconds = positive('minutes', values.minutes) * 60
const rate = positive('rate', values.rate)
const folder = mkdtempSync(join(tmpdir(), 'holdfast-soak-'))
const say = (text: string) => void process.stdout.write(`${text}\n`)
try {
  const result = await soak({
    folder,
    seconds,
    rate,
    atOnce: 400,
    headerTimeout: 4,
    judgesMemory: seconds >= 240,
    say,
  })
  say(report(result))
  process.exitCode = result.book.violations.size === 0 ? 0 : 1
} finally {
  if (values.keep) say(`kept: ${folder}`)
  else rmSync(folder, { recursive: true })
}
// Node may spin for ever while it closes what is left of connections that were reset, where it is left to end by itself.
process.exit()
