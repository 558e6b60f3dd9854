import { isSha256Text } from '../codec/base64url.ts'
import { chainFiles } from '../services/evidence/chain-files.ts'
import { findRecords } from '../services/evidence/find-exchange.ts'
import { type EvidenceFinding, verifyFiles } from '../services/evidence/verify-files.ts'
import { type Outcome, printed, readArguments, UsageProblem } from './command.ts'
import { evidencePack } from './evidence-pack.ts'

/**
 * `holdfast evidence`: verifies files of evidence, or prints what they hold of one exchange; both offline. Answers the exit code:
 * 0 nothing is wrong, 1 something is, or nothing was found, 2 for an argument that is wrong or a file that cannot be read.
 */
export function runEvidence(args: readonly string[]): Promise<number> {
  return printed('evidence', async () => {
    const { values, positionals } = readArguments(withHeads(args), OPTIONS)
    if (values.help) return HELP
    const [what, ...paths] = positionals
    if (what !== 'verify' && what !== 'show') throw new UsageProblem('say verify or show.')
    if (paths.length === 0) throw new UsageProblem('name the files.')
    const { head: heads = [], 'interaction-id': interactionId } = values
    if (what === 'show' && interactionId === undefined) throw new UsageProblem('--interaction-id is missing.')
    if (what === 'show' && heads.length > 0) throw new UsageProblem('--head is for verify.')
    try {
      const files = chainFiles(paths)
      const finding = await verifyFiles(files)
      return interactionId === undefined || what === 'verify'
        ? verified(finding, heads)
        : await shown(finding, files, interactionId)
    } catch (problem) {
      throw new UsageProblem((problem as Error).message)
    }
  })
}

/** A hash may begin with a dash, and would be taken for an option. */
function withHeads(args: readonly string[]): readonly string[] {
  return args.flatMap((argument, at) => {
    if (args[at - 1] === '--head' && isSha256Text(argument)) return []
    const hash = args[at + 1]
    return argument === '--head' && isSha256Text(hash) ? `--head=${hash}` : argument
  })
}

function verified(finding: EvidenceFinding, wanted: readonly string[]): Outcome {
  const { faults, remarks, heads } = finding
  const missed = wanted.filter((head) => !heads.some(({ hash }) => hash === head))
  const count = faults.length + missed.length
  const sum = count === 0 ? 'all as written' : counted(count, 'fault')
  const lines = [
    ...faults.map(({ file, line, says }) => `${file}:${line} ${says}`),
    ...remarks.map(({ file, line, says }) => `${file}:${line} note: ${says}`),
    ...missed.map((head) => `no chain ends with ${head}: lines are missing at the end, or were added`),
    ...heads.map(({ chain, n, hash }) => `chain ${chain} ends with line ${n}, hash ${hash}`),
    `${counted(finding.lines, 'line')}, ${counted(finding.exchanges, 'exchange')}, ${counted(finding.signatures, 'signature')}: ${sum}`,
  ]
  return { code: count === 0 ? 0 : 1, out: lines.map((line) => `${line}\n`).join('') }
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

async function shown(
  finding: EvidenceFinding,
  files: readonly string[],
  interactionId: string,
): Promise<Outcome> {
  const records = await findRecords(files, interactionId)
  if (records.length === 0) return { code: 1, err: `these files hold nothing of ${interactionId}.` }
  const out = evidencePack(interactionId, records, finding)
  return { code: finding.faults.length === 0 ? 0 : 1, out }
}

const OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  head: { type: 'string', multiple: true },
  'interaction-id': { type: 'string' },
} as const

const HELP = `holdfast evidence verify FILE…                      whether the files are as they were written
holdfast evidence show --interaction-id ID FILE…   what they hold of one exchange, for reading

Neither needs a network or the configuration. Give the files of a chain together: each goes on where the one before ended.
A folder stands for the files of chains in it.

  --head HASH   verify: a chain must end with this hash, which the log names at each rotation and at the end; once for
                each chain, as without it nobody can tell whether the last lines of that one were taken away

verify names what is wrong by file and line. Exit code 0: nothing is; 1: something is; 2: a file could not be read.
`
