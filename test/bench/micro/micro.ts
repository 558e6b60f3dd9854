import { type Figure, figure } from '../report/figure.ts'

/** One function of the pure floors, called with what a request would bring. */
export interface Micro {
  readonly title: string
  /** Calls it once; throws where the answer is not the one that is meant to be measured. */
  readonly once: () => void
}

/** CPU microseconds a call: the batches' middle, least and most. The first batches, in which code is compiled, do not count. */
export function timed({ once }: Micro, batches: number, milliseconds: number): Figure {
  const calls = callsWithin(once, milliseconds)
  const found: number[] = []
  for (let batch = 0; batch < batches + WARM_UP; batch++) {
    const began = process.cpuUsage()
    for (let call = 0; call < calls; call++) once()
    const { user, system } = process.cpuUsage(began)
    if (batch >= WARM_UP) found.push((user + system) / calls)
  }
  return figure(found) as Figure
}

/** How many calls take about so long, found by doubling. */
function callsWithin(once: () => void, milliseconds: number): number {
  for (let calls = 1; ; calls *= 2) {
    const began = performance.now()
    for (let call = 0; call < calls; call++) once()
    if (performance.now() - began >= milliseconds) return calls
  }
}

/** Goes round a list for ever. */
export function cycling<Item>(items: readonly Item[]): () => Item {
  let at = 0
  return () => items[at++ % items.length] as Item
}

const WARM_UP = 3
