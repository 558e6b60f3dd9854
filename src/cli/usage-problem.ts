/** A wrong argument, or a file that cannot be used: a sentence for standard error, and exit code 2. */
export class UsageProblem extends Error {
  override readonly name = 'UsageProblem'
}
