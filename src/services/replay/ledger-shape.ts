/** How large the shared memory of used proofs is, and how time is cut into its tables. Fixed at start. */
export interface LedgerShape {
  /** Seconds that one table covers. */
  readonly span: number
  /** 64-bit words in a table, a power of two. */
  readonly words: number
  readonly bytes: number
}

/** How long proofs must be remembered. */
export interface ProofWindow {
  /** Seconds: the longest that any route lets a proof live. */
  readonly maxAge: number
  /** Seconds: the furthest that any route lets a proof lie ahead. */
  readonly clockSkew: number
}

export interface LedgerDemand extends ProofWindow {
  /** Proofs a second, sustained. */
  readonly rate: number
}

/**
 * A span is at least as long as a proof can be live, so three tables always cover every live proof while the oldest is
 * wiped. A client may date all its proofs into one table, so each has room for a span and a window at half its words.
 */
export function ledgerShape({ rate, maxAge, clockSkew }: LedgerDemand): LedgerShape {
  const span = maxAge + clockSkew + SLACK
  const wanted = (rate * (span + maxAge + clockSkew)) / HALF
  const words = Math.min(2 ** Math.max(Math.ceil(Math.log2(wanted)), LEAST), 2 ** MOST)
  return { span, words, bytes: TABLES * words * 8 }
}

/** The rate, proofs a second, whose live proofs are two million where a client dates all of them into one table. */
export function defaultRate({ maxAge, clockSkew }: ProofWindow): number {
  return Math.floor(LIVE / (2 * (maxAge + clockSkew) + SLACK))
}

export const TABLES = 3
const SLACK = 5
/** The share of a table's words that its proofs may take. */
const HALF = 0.5
const LIVE = 2_000_000
/** Powers of two: 64 Ki words at least, 64 Mi at most (512 MiB a table). */
const LEAST = 16
const MOST = 26
