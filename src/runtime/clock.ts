/** Seconds since 1970-01-01T00:00:00Z, whole: the clock that requests, proofs and tokens are judged by. */
export function unixNow(): number {
  return Math.floor(Date.now() / 1000)
}

/**
 * Milliseconds since some fixed time, by which what is remembered ages. They never step back. Those that a machine slept through, or for
 * which it was held, count as soon as its clock is right again: the steady one leaves them out, and what was said an hour ago would pass
 * for new.
 */
export function elapsed(): number {
  const steady = performance.now()
  const ahead = Date.now() - steady
  if (ahead - lastAhead > STEP) slept += ahead - lastAhead
  lastAhead = ahead
  return steady + slept
}

let lastAhead = Date.now() - performance.now()
let slept = 0
/** Milliseconds; by less than that clocks are corrected all the time. */
const STEP = 2_000
