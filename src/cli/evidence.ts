import { parseArgs } from 'node:util'
import { chainFiles } from '../services/evidence/chain-files.ts'
import { findRecords } from '../services/evidence/find-exchange.ts'
import { type EvidenceFinding, verifyFiles } from '../services/evidence/verify-files.ts'
import { evidencePack } from './evidence-pack.ts'
import { wrongArgument } from './wrong-argument.ts'

/**
 * `holdfast evidence`: verifies files of evidence, or prints what they hold of one exchange; both offline. Answers the exit code:
 * 0 nothing is wrong, 1 something is, or nothing was found, 2 for an argument that is wrong or a file that cannot be read.
 */
export async function runEvidence(args: readonly string[]): Promise<number> {
  const asked = readQuestion(args)
  if (asked === 'help') return say(HELP)
  if (typeof asked === 'string') return complain(asked)
  try {
    const files = chainFiles(asked.files)
    const finding = await verifyFiles(files)
    return asked.what === 'verify' ? verify(finding, asked) : await show(finding, { ...asked, files })
  } catch (problem) {
    return complain((problem as Error).message)
  }
}

interface Question {
  readonly what: 'verify' | 'show'
  readonly files: readonly string[]
  readonly head: string | undefined
  readonly interactionId: string | undefined
}

function verify(finding: EvidenceFinding, { head }: Question): number {
  const { faults, remarks, heads } = finding
  for (const { file, line, says } of faults) say(`${file}:${line} ${says}\n`)
  for (const { file, line, says } of remarks) say(`${file}:${line} note: ${says}\n`)
  const missed = head !== undefined && !heads.some(({ hash }) => hash === head)
  if (missed) say(`no chain ends with ${head}: lines are missing at the end, or were added\n`)
  for (const { chain, n, hash } of heads) say(`chain ${chain} ends with line ${n}, hash ${hash}\n`)
  const count = faults.length + (missed ? 1 : 0)
  say(
    `${finding.lines} lines, ${finding.exchanges} exchanges, ${finding.signatures} signatures: ${
      count === 0 ? 'all as written' : `${count} ${count === 1 ? 'fault' : 'faults'}`
    }\n`,
  )
  return count === 0 ? 0 : 1
}

async function show(finding: EvidenceFinding, { files, interactionId }: Question): Promise<number> {
  const records = await findRecords(files, interactionId as string)
  if (records.length === 0) {
    process.stderr.write(`holdfast evidence: these files hold nothing of ${interactionId}.\n`)
    return 1
  }
  say(evidencePack(interactionId as string, records, finding))
  return finding.faults.length === 0 ? 0 : 1
}

/** What is asked for; `help`, or what is wrong with the arguments. */
function readQuestion(args: readonly string[]): Question | string {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true })
    const [what, ...files] = positionals
    if (values.help === true) return 'help'
    if (what !== 'verify' && what !== 'show') return 'say verify or show.'
    if (files.length === 0) return 'name the files.'
    const interactionId = values['interaction-id']
    if (what === 'show' && interactionId === undefined) return '--interaction-id is missing.'
    return { what, files, head: values.head, interactionId }
  } catch (problem) {
    return wrongArgument(problem, OPTIONS)
  }
}

function say(text: string): number {
  process.stdout.write(text)
  return 0
}

function complain(says: string): number {
  process.stderr.write(`holdfast evidence: ${says} Try --help.\n`)
  return 2
}

const OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  head: { type: 'string' },
  'interaction-id': { type: 'string' },
} as const

const HELP = `holdfast evidence verify FILE…                      whether the files are as they were written
holdfast evidence show --interaction-id ID FILE…   what they hold of one exchange, for reading

Neither needs a network or the configuration. Give the files of a chain together: each goes on where the one before ended.
A folder stands for the files of chains in it.

  --head HASH   verify: a chain must end with this hash, which the log names at each rotation and at the end;
                without it nobody can tell whether the last lines were taken away

verify names what is wrong by file and line. Exit code 0: nothing is; 1: something is; 2: a file could not be read.
`
