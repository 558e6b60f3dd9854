import { reasonOf } from '../../domain/reason.ts'

/**
 * What went wrong, for the log. A server that does not know a command quotes what came with it, which may be the password; and Node
 * has an empty message for a name with several addresses, each of which failed.
 */
export function problemOf(problem: Error, secrets: Iterable<string>): string {
  const first = problem instanceof AggregateError ? (problem.errors as unknown[])[0] : undefined
  let text = reasonOf(first instanceof Error ? first : problem)
    .replace(/,? with args beginning with.*$/s, '')
    .trim()
  for (const secret of secrets) text = text.replaceAll(secret, '…')
  return text
}

/** A server that expects TLS ends a connection without it, and one that does not waits for the rest of a command. Neither says why. */
export function tlsHint(problem: string, isSecure: boolean): string {
  if (isSecure) return problem === 'Connection timeout' ? ' (does it speak TLS?)' : ''
  return /ECONNRESET|Socket closed/.test(problem) ? ' (does it speak TLS alone?)' : ''
}

/** Why Redis cannot be asked, for the log; and what the user may lack where it says so. */
export function whyNot(problem: string): object {
  return MAY_NOT.test(problem) ? { problem, takes: RIGHTS } : { problem }
}

/** What @redis/client says while it is not connected. */
export const OFFLINE = 'The client is offline'
/** What Redis says of a command that its user may not give. */
const MAY_NOT = /NOPERM|can't run this command/
const RIGHTS =
  '+evalsha +eval +info +time +set +hget +hmget +hset +hdel +hlen +zadd +zcard +zrangebyscore +zrevrange +zrem, and +cluster in a cluster'
