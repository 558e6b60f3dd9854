/** A generator whose every run is the same, so that a failure can be looked at again (mulberry32). */
export interface Seeded {
  /** A whole number from 0 to below `bound`. */
  readonly below: (bound: number) => number
  readonly pick: <Value>(values: readonly Value[]) => Value
}

export function seeded(seed: number): Seeded {
  let state = seed >>> 0
  const below = (bound: number) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound
  }
  return { below, pick: (values) => values[below(values.length)]! }
}
