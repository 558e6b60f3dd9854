import { type ParseArgsConfig, parseArgs } from 'node:util'
import { wrongArgument } from './wrong-argument.ts'

/** A wrong argument, or a file that cannot be used: a sentence for standard error, and exit code 2. */
export class UsageProblem extends Error {
  override readonly name = 'UsageProblem'
}

/** The options of a command that takes nothing else. Throws a UsageProblem. */
export function readOptions<const Options extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: Options,
) {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values
  } catch (problem) {
    throw new UsageProblem(wrongArgument(problem, options))
  }
}

/** Prints what a command makes. Resolves to the exit code: 0 done, 2 where there is a UsageProblem, which is told. */
export async function printed(command: string, make: () => Promise<string>): Promise<number> {
  try {
    process.stdout.write(await make())
    return 0
  } catch (problem) {
    if (!(problem instanceof UsageProblem)) throw problem
    process.stderr.write(`holdfast ${command}: ${problem.message} Try --help.\n`)
    return 2
  }
}
