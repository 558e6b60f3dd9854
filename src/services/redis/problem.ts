/**
 * What went wrong, for the log. A server that does not know a command quotes what came with it, which may be the password; and Node
 * has an empty message for a name with several addresses, each of which failed.
 */
export function problemOf(problem: Error, secrets: Iterable<string>): string {
  const first = problem instanceof AggregateError ? (problem.errors as unknown[])[0] : undefined
  const { message, code } = (first instanceof Error ? first : problem) as NodeJS.ErrnoException
  let text = (message || code || problem.name).replace(/,? with args beginning with.*$/s, '')
  for (const secret of secrets) text = text.replaceAll(secret, '…')
  return text
}

/** What @redis/client says while it is not connected. */
export const OFFLINE = 'The client is offline'
