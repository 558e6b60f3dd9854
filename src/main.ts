import { constants } from 'node:os'
import { parseArgs } from 'node:util'
import { runCodes } from './cli/codes.ts'
import { runEvidence } from './cli/evidence.ts'
import { runExplain, type WrittenRequest } from './cli/explain.ts'
import { runProof } from './cli/proof.ts'
import { runShadowReport } from './cli/shadow-report.ts'
import { runSign } from './cli/sign.ts'
import { runToken } from './cli/token.ts'
import { runVerifyAnswer } from './cli/verify-answer.ts'
import { thereIsNo, wrongArgument } from './cli/wrong-argument.ts'
import { jsonSchema } from './config/json-schema.ts'
import { loadDocument } from './config/load.ts'
import { ConfigError, placedNotice, refuseFaults } from './config/problem.ts'
import { reasonOf } from './domain/reason.ts'
import { unixNow } from './runtime/clock.ts'
import { endEarly, endProcess } from './runtime/end.ts'
import { startGateway } from './runtime/gateway.ts'
import { settingsFaults, settingsNotices } from './runtime/notices/notices.ts'
import { readSettings } from './runtime/settings/settings.ts'
import { explainRequest } from './runtime/trial/explain.ts'
import { version } from './runtime/version.ts'

/** The process door: says what was asked for, does it, and ends with a sentence where it cannot. */
async function main(args: readonly string[]): Promise<number> {
  const command = COMMANDS.get(args[0] ?? '')
  if (command !== undefined) {
    letReaderLeave()
    return command(args.slice(1))
  }
  const options = readArguments(args)
  if (typeof options === 'string') return complain(`holdfast: ${options} Try --help.`, 2)
  if (options.help) return say(USAGE)
  if (options.version) return say(`${version()}\n`)
  if (options.schema) return say(`${JSON.stringify(jsonSchema(), null, 2)}\n`)
  if (options.config === undefined)
    return complain(`a configuration is missing: --config FILE\n\n${USAGE}`, 2)
  return options.check ? check(options.config) : run(options.config)
}

function check(file: string): number {
  const loaded = loadDocument(file)
  const settings = readSettings(loaded)
  const now = unixNow()
  refuseFaults(settingsFaults(settings, now), loaded.locate)
  const told = settingsNotices(settings, now).map((notice) => placedNotice(loaded.locate, notice))
  const lines = [...told, `${file}: the configuration is good`]
  return say(lines.map((line) => `${line}\n`).join(''))
}

async function run(file: string): Promise<number> {
  // While it starts as well: the first process of a container has no other way to be ended.
  const signal = new Promise<NodeJS.Signals>((resolve) => {
    for (const each of ['SIGTERM', 'SIGINT'] as const)
      process.once(each, () => {
        resolve(each)
        endsAgain(each)
      })
  })
  const started = startGateway(() => loadDocument(file))
  // One that comes while it starts is about a file that may have been read already.
  process.on('SIGHUP', () => void started.then(({ reload }) => reload()).catch(() => {}))
  // Else the one opens the debugger of Node to every user of the machine, and the other ends the process at once.
  for (const each of ['SIGUSR1', 'SIGUSR2'] as const)
    process.on(each, () => {
      void started.then(({ log }) => log.warn('signal that means nothing', { signal: each })).catch(() => {})
    })
  const gateway = await Promise.race([started, signal])
  // Nothing is served yet.
  if (typeof gateway === 'string') return endEarly(0)
  gateway.log.info('draining', { signal: await signal })
  await gateway.stop()
  gateway.log.info('ended')
  return endProcess(gateway.log, 0)
}

/** The same signal once more ends a process at once, but for the first of a container, which gets none that it does not listen for. */
function endsAgain(signal: 'SIGTERM' | 'SIGINT'): void {
  if (process.pid === 1) process.once(signal, () => process.exit(128 + constants.signals[signal]))
}

function explained(file: string, written: WrittenRequest) {
  return explainRequest(readSettings(loadDocument(file)), written)
}

/** The options, or what is wrong with them. */
function readArguments(args: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true })
    const [stray] = positionals
    return stray === undefined ? values : thereIsNo('command', stray, COMMANDS.keys())
  } catch (problem) {
    return wrongArgument(problem, OPTIONS)
  }
}

function say(text: string): number {
  letReaderLeave()
  process.stdout.write(text)
  return 0
}

/** Whoever reads may have seen enough, as `head` has. Not of the log: what touches `process.stdout` changes how that is written. */
function letReaderLeave(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}

function complain(text: string, code: number): number {
  process.stderr.write(text.endsWith('\n') ? text : `${text}\n`)
  return code
}

type Command = (args: readonly string[]) => Promise<number>

const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['proof', runProof],
  ['token', runToken],
  ['sign', runSign],
  ['explain', (args) => runExplain(args, explained)],
  ['verify-answer', runVerifyAnswer],
  ['evidence', runEvidence],
  ['codes', runCodes],
  ['shadow-report', runShadowReport],
])

const OPTIONS = {
  config: { type: 'string' },
  check: { type: 'boolean' },
  schema: { type: 'boolean' },
  version: { type: 'boolean', short: 'v' },
  help: { type: 'boolean', short: 'h' },
} as const

const USAGE = `holdfast --config FILE            run the gateway
holdfast --config FILE --check    read the configuration, say what is wrong with it, and end
holdfast --schema                 print the JSON Schema of the configuration
holdfast --version                print which version this is
holdfast proof --help             make a DPoP proof, for trying things out
holdfast token --help             make an access token, for trying things out alone
holdfast sign --help              sign a request, for trying things out
holdfast explain --help           judge a request that was written down, and tell how
holdfast verify-answer --help     verify a signed answer that curl has shown
holdfast evidence --help          verify what was kept of signed exchanges, or print it for reading
holdfast codes [CODE …]           say what a code means, and what to do about it
holdfast shadow-report FILE…      list whom rules that only watch would break, from a log
`

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (problem) {
  complain(problem instanceof ConfigError ? problem.report() : reasonOf(problem), 1)
  // What was opened before it failed would keep the process alive.
  await endEarly(1)
}
