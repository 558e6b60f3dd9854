import { ConfigError } from '../config/problem.ts'
import type { ExplainedComparison, ExplainedStep, Explanation } from '../decision/explain/explain.ts'
import type { UnixSeconds } from '../domain/check.ts'
import { printed, readOptions, UsageProblem } from './command.ts'
import { readCertificate, readOctets } from './key-file.ts'

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
  /** What the log of a gateway would warn of meanwhile. */
  readonly warnings: readonly string[]
}

/**
 * `holdfast explain`: judges a request in a file by a configuration, and prints what was compared with what. Resolves to
 * the exit code: 0 admitted, 1 refused, 2 for what could not be read, said in a sentence on standard error.
 */
export function runExplain(
  args: readonly string[],
  judge: (config: string, written: WrittenRequest) => Promise<WrittenVerdict>,
): Promise<number> {
  return printed('explain', async () => {
    const { config, request: file, certificate, at, listener = null, help } = readOptions(args, OPTIONS)
    if (help) return HELP
    if (!config || !file) throw new UsageProblem('--config FILE and --request FILE are both needed.')
    const written: WrittenRequest = {
      request: readOctets('--request', file).toString('latin1').replace(HTTP_2, '$1 HTTP/1.1'),
      certificate: certificate === undefined ? null : `${readCertificate('--certificate', certificate)}`,
      at: at === undefined ? null : secondsOf(at),
      listener,
    }
    if (!REQUEST_LINE.test(written.request))
      return { code: 2, err: `${file} does not begin with a request line, such as GET /accounts HTTP/1.1` }
    try {
      const verdict = await judge(config, written)
      return { code: verdict.verdict === 'admitted' ? 0 : 1, out: verdictText(verdict) }
    } catch (problem) {
      const told = problem instanceof ConfigError ? problem.report() : (problem as Error).message
      return { code: 2, err: told.trimEnd() }
    }
  })
}

/** What was decided, how, and what is to be done, for reading. */
function verdictText(told: WrittenVerdict): string {
  const { steps, code, status, cite, cause, remedy, breaksOff, warnings } = told
  const verdict = code === null ? 'admitted' : `refused: ${code}, ${status}, ${cite}`
  const log = warnings.map((each) => `log:    ${each}`)
  const end = code === null ? [] : [`cause:  ${cause}`, `remedy: ${remedy}`, ...log, '']
  const proves = steps.some(({ step, state }) => step === 'possession' && state === 'passed')
  const follows =
    code === null && proves
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

/** A time without its zone would be another on each machine. */
function secondsOf(time: string): UnixSeconds {
  if (UNIX_SECONDS.test(time)) return Number(time)
  const seconds = ZONED.test(time) ? Math.floor(Date.parse(time) / 1000) : Number.NaN
  if (Number.isNaN(seconds))
    throw new UsageProblem('--at must be Unix seconds or a time as 2026-11-23T04:49:00Z.')
  return seconds
}

const OPTIONS = {
  config: { type: 'string' },
  request: { type: 'string' },
  certificate: { type: 'string' },
  at: { type: 'string' },
  listener: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const
const UNIX_SECONDS = /^[0-9]{1,12}$/
const ZONED = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(?:Z|[+-][0-9]{2}:[0-9]{2})$/
/** Generous, so that one which is wrong is judged as on the wire; that there is none is a mistake of whoever wrote it down. */
const REQUEST_LINE = /^\s*[\w!#$%&'*+.^`|~-]+ .*HTTP\/[0-9]/
/** Tools show a request of HTTP/2 in the form of HTTP/1.1, but for this word. */
const HTTP_2 = /^(\s*\S+ \S+) HTTP\/2(?:\.0)?(?=\r?\n)/
const SIGNS = { passed: '✓', refused: '✗', 'not asked': '-', 'not reached': '-' } as const

const HELP = `holdfast explain --config FILE --request FILE [--certificate PEM] [--at TIME] [--listener NAME]

Judges a request as the gateway of this configuration would, and tells step by step what was compared with what.

--request FILE      a request: request line, fields, an empty line, the body as long as Content-Length says; of HTTP/2
                    as curl -v shows it, without the > of each line
--certificate PEM   the client certificate of the connection, taken as accepted by TLS
--at TIME           when it was sent: Unix seconds, or 2026-11-23T04:49:00Z; default: now
--listener NAME     which listener it came to; default: the one whose public origin is its Host

Keys are fetched and tokens introspected where that is needed. No proof is spent, so it can be told again and again. Nonces can be
told where dpop_nonce has a secret; what operators have revoked while it runs is known to the gateway alone.
Ends with 0 where the request is admitted, 1 where it is refused, 2 where something could not be read.
`
