import { parseArgs } from 'node:util'
import { ConfigError } from '../config/problem.ts'
import type { ExplainedComparison, ExplainedStep, Explanation } from '../decision/explain/explain.ts'
import type { UnixSeconds } from '../domain/check.ts'
import { readCertificate, readOctets } from './key-file.ts'
import { wrongArgument } from './wrong-argument.ts'

/** A request as somebody wrote it down, and what the wire would have said besides. */
export interface WrittenRequest {
  /** The head of an HTTP/1.1 request, and its body where there is one; lines may end with LF alone. */
  readonly request: string
  /** Of the client, PEM, taken as accepted by TLS; null: none. */
  readonly certificate: string | null
  /** Unix seconds; null: now. */
  readonly at: UnixSeconds | null
  /** By name; null: the one whose public origin the request names, else the first. */
  readonly listener: string | null
}

/** What became of it. */
export interface WrittenVerdict extends Explanation {
  /** The code with which a body that is not whole ends an admitted request that is forwarded as it comes; null: nothing does. */
  readonly breaksOff: string | null
}

/**
 * `holdfast explain`: judges a request in a file by a configuration, and prints what was compared with what. Resolves to
 * the exit code: 0 admitted, 1 refused, 2 for what could not be read, said in a sentence on standard error.
 */
export async function runExplain(
  args: readonly string[],
  judge: (config: string, written: WrittenRequest) => Promise<WrittenVerdict>,
): Promise<number> {
  const options = readOptions(args)
  if (typeof options === 'string') return complain(options)
  if (options.help) {
    process.stdout.write(HELP)
    return 0
  }
  try {
    const request = readOctets('--request', options.request).toString('latin1')
    const { certificate } = options
    if (!REQUEST_LINE.test(request))
      return complain(`${options.request} does not begin with a request line, such as GET /accounts HTTP/1.1`)
    const explanation = await judge(options.config, {
      request,
      certificate: certificate === null ? null : readCertificate('--certificate', certificate).toString(),
      at: options.at,
      listener: options.listener,
    })
    process.stdout.write(printed(explanation))
    return explanation.verdict === 'admitted' ? 0 : 1
  } catch (problem) {
    return complain(problem instanceof ConfigError ? problem.report() : (problem as Error).message)
  }
}

/** What was decided, how, and what is to be done, for reading. */
export function printed({ steps, code, status, cite, cause, remedy, breaksOff }: WrittenVerdict): string {
  const verdict = code === null ? 'admitted' : `refused: ${code}, ${status}, ${cite}`
  const end = code === null ? [] : [`cause:  ${cause}`, `remedy: ${remedy}`, '']
  const follows =
    code === null
      ? ['The gateway also spends the proof, so one that was used before is refused there.', '']
      : []
  const breaks =
    breaksOff === null
      ? []
      : [`The body in the file is not whole; on its way to the upstream it ends with ${breaksOff}.`, '']
  return [verdict, '', ...steps.flatMap(stepLines), '', ...end, ...breaks, ...follows].join('\n')
}

function stepLines({ step, state, compared }: ExplainedStep): string[] {
  const unlooked = compared.filter(({ result }) => result === 'unlooked').map(({ what }) => what)
  return [
    `${SIGNS[state]} ${step}${state === 'passed' ? '' : `: ${state}`}`,
    ...compared.flatMap(comparisonLines),
    ...(unlooked.length === 0 ? [] : [`    · not looked at any more: ${unlooked.join(', ')}`]),
  ]
}

function comparisonLines({ what: name, came, wanted, result, cite }: ExplainedComparison): string[] {
  const what = cite === undefined ? name : `${name} (${cite})`
  if (result === 'unlooked') return []
  const [first, ...others] = [wanted].flat()
  if (result === 'differs')
    return [
      `    ≠ ${what}`,
      `        came    ${came}`,
      `        wanted  ${first}`,
      ...others.map((line) => `                ${line}`),
    ]
  return [
    `    ${result === 'agrees' ? '=' : ' '} ${what}: ${came}${came === wanted ? '' : ` (wanted: ${wanted})`}`,
  ]
}

interface Options {
  readonly help: boolean
  readonly config: string
  readonly request: string
  readonly certificate: string | null
  readonly at: number | null
  readonly listener: string | null
}

/** Or what is wrong with them. */
function readOptions(args: readonly string[]): Options | string {
  try {
    const { values } = parseArgs({ args: [...args], options: OPTIONS })
    const { config = '', request = '', certificate = null, listener = null, help } = values
    if (!help && (config === '' || request === '')) return '--config FILE and --request FILE are both needed'
    const at = values.at === undefined ? null : secondsOf(values.at)
    if (Number.isNaN(at)) return '--at must be Unix seconds or a time as 2026-11-23T04:49:00Z'
    return { help, config, request, certificate, at, listener }
  } catch (problem) {
    return wrongArgument(problem, OPTIONS)
  }
}

function secondsOf(time: string): number {
  return /^[0-9]{1,12}$/.test(time) ? Number(time) : Math.floor(Date.parse(time) / 1000)
}

function complain(sentence: string): number {
  process.stderr.write(`holdfast explain: ${sentence.trimEnd()}\n`)
  return 2
}

const OPTIONS = {
  config: { type: 'string' },
  request: { type: 'string' },
  certificate: { type: 'string' },
  at: { type: 'string' },
  listener: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const
/** Generous, so that one which is wrong is judged as on the wire; that there is none is a mistake of whoever wrote it down. */
const REQUEST_LINE = /^\s*[\w!#$%&'*+.^`|~-]+ .*HTTP\/[0-9]/
const SIGNS = { passed: '✓', refused: '✗', 'not asked': '-', 'not reached': '-' } as const

const HELP = `holdfast explain --config FILE --request FILE [--certificate PEM] [--at TIME] [--listener NAME]

Judges a request as the gateway of this configuration would, and tells step by step what was compared with what.

--request FILE      an HTTP/1.1 request: request line, fields, an empty line, the body as long as Content-Length says
--certificate PEM   the client certificate of the connection, taken as accepted by TLS
--at TIME           when it was sent: Unix seconds, or 2026-11-23T04:49:00Z; default: now
--listener NAME     which listener it came to; default: the one whose public origin is its Host

Keys are fetched and tokens introspected where that is needed. No proof is spent, so it can be told again and again. Nonces can be
told where dpop_nonce has a secret; what operators have revoked is known to the running gateway alone.
Ends with 0 where the request is admitted, 1 where it is refused, 2 where something could not be read.
`
