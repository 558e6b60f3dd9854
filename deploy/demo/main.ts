import './quiet.ts'
import { ensurePki } from '../../certs/make.ts'
import { demonstrate } from './demonstrate.ts'
import { readSettings } from './settings.ts'

/** `npm run demo`: everything together, and the table of what came of it. `--once` ends after the table.
 *  Exits 0 if every line came out as it should, 1 if not, 130 when it is interrupted before the table is whole. */
async function main(args: readonly string[]): Promise<number> {
  const unknown = args.find((argument) => argument !== '--once')
  if (unknown !== undefined) throw new Error(`“${unknown}” is not understood. The one option is --once.`)
  const settings = readSettings(process.env)
  const interrupted = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve())
  })

  await using parts = new AsyncDisposableStack()
  if (await ensurePki(settings.certs))
    process.stdout.write(`A throw-away PKI was made in ${settings.certs}.\n`)
  const result = await Promise.race([demonstrate(settings, parts), interrupted])
  if (result === undefined) return 130
  if (!args.includes('--once')) {
    process.stdout.write(`\n${result.commands}\nHoldfast stays up until Ctrl-C.\n`)
    await interrupted
  }
  return result.succeeded ? 0 : 1
}

try {
  process.exit(await main(process.argv.slice(2)))
} catch (problem) {
  process.stderr.write(`${problem instanceof Error ? problem.message : String(problem)}\n`)
  process.exit(1)
}
