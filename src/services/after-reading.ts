/**
 * Calls it once what has arrived by now was read. A thread that was held up finds its timers before what came meanwhile, and its own
 * lateness is nobody else's.
 */
export function afterReading(then: () => void): void {
  setImmediate(then)
}

/** Calls it once the system was asked anew what has come, wherever in its turn the event loop is now. */
export function afterNextReading(then: () => void): void {
  setImmediate(() => setImmediate(then))
}
