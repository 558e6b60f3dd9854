import { type ParseArgsConfig, parseArgs } from 'node:util'
import { wrongArgument } from './wrong-argument.ts'

/** A wrong argument, or a file that cannot be used: a sentence for standard error, and exit code 2. */
export class UsageProblem extends Error {
  override readonly name = 'UsageProblem'
}

/** The options of a command that takes nothing else. Throws a UsageProblem. */
export function readOptions<const Options extends CommandOptions>(args: readonly string[], options: Options) {
  return readArguments(args, options, false).values
}

/** The options of a command, and what else it is given. Throws a UsageProblem. */
export function readArguments<const Options extends CommandOptions>(
  args: readonly string[],
  options: Options,
  allowPositionals = true,
) {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals })
  } catch (problem) {
    throw new UsageProblem(wrongArgument(problem, options))
  }
}

/** What a command says on standard output, or as a sentence on standard error, and its exit code. */
export interface Outcome {
  readonly code: number
  readonly out?: string
  readonly err?: string
}

/** Prints what a command makes. Resolves to the exit code: of a text alone 0, and 2 where there is a UsageProblem, which is told. */
export async function printed(command: string, make: () => Promise<string | Outcome>): Promise<number> {
  const made = await make().catch((problem) => {
    if (!(problem instanceof UsageProblem)) throw problem
    return { code: 2, err: `${problem.message} Try --help.` }
  })
  const { code, out, err }: Outcome = typeof made === 'string' ? { code: 0, out: made } : made
  if (out !== undefined) process.stdout.write(out)
  if (err !== undefined) process.stderr.write(`holdfast ${command}: ${err}\n`)
  return code
}

type CommandOptions = NonNullable<ParseArgsConfig['options']>
