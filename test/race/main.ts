import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { positive } from '../support/positive.ts'
import { race } from './race.ts'

/** `npm run race -- --claims 100000000 [--threads 4] [--without-check]`: ends with 1 where a proof was accepted twice. */
const { values } = parseArgs({
  options: {
    claims: { type: 'string', default: '1000000' },
    threads: { type: 'string', default: '4' },
    'without-check': { type: 'boolean', default: false },
  },
})
const claims = positive('claims', values.claims)
const threads = positive('threads', values.threads)
const folder = mkdtempSync(join(tmpdir(), 'holdfast-race-'))
try {
  const result = await race(claims, threads, folder, values['without-check'])
  process.stdout.write(`${JSON.stringify(result, null, 2)}\n`)
  process.exitCode = result.doubles === 0 ? 0 : 1
} finally {
  rmSync(folder, { recursive: true })
}
