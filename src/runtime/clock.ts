/** Seconds since 1970-01-01T00:00:00Z, whole: the clock that requests, proofs and tokens are judged by. */
export function unixNow(): number {
  return Math.floor(Date.now() / 1000)
}
