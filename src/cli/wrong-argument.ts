import { didYouMean } from '../config/nearest.ts'

/** A sentence: why `parseArgs` did not take the arguments, and which of these options was probably meant. */
export function wrongArgument(problem: unknown, options: object): string {
  const { message } = problem as Error
  const [, given] = /^Unknown option '(-[^']+)'/.exec(message) ?? []
  if (given === undefined) return message.endsWith('.') ? message : `${message}.`
  return thereIsNo(
    'option',
    given,
    Object.keys(options).map((name) => `--${name}`),
  )
}

/** A sentence: there is no such thing; and which of the known was probably meant. */
export function thereIsNo(kind: string, given: string, known: Iterable<string>): string {
  const { hint } = didYouMean(given, known)
  return `there is no ${kind} ${given}${hint === undefined ? '.' : `; ${hint}`}`
}
