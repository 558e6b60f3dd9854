/**
 * Calls it once what has arrived by now was read. A thread that was held up finds its timers before what came meanwhile, and its own
 * lateness is nobody else's.
 */
export function afterReading(then: () => void): void {
  setImmediate(then)
}
