/** What went wrong, in words: whatever was thrown. Where every address of a host refused, the message is empty and the code is not. */
export function reasonOf(problem: unknown): string {
  if (!(problem instanceof Error)) return String(problem)
  const { message, code }: { message: string; code?: string } = problem
  const reason = message.replace(ADVICE, '; `ca` says whom to trust').replace(OF_OPENSSL, '$1')
  return reason.replace(/^wrong version number$/, '$& (does it speak TLS?)') || (code ?? problem.name)
}

/** Of Node, to whoever starts it. Here a key of the configuration says it. */
const ADVICE = '; if the root CA is installed locally, try running Node.js with --use-system-ca'
/** Around what OpenSSL says stand the thread, a number, and the function and the file of its source. */
const OF_OPENSSL = /^(?:write EPROTO )?[\dA-F]+:error:[\dA-F]+:[^:]*:[^:]*:([^:]+):.*$/s
