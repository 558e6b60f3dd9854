import fc from 'fast-check'
import { expect, vi } from 'vitest'
import { unixNow } from '../../../src/runtime/clock.ts'
import { NOW } from '../../support/clock.ts'
import { SpendingWorld } from '../../support/spending-world.ts'
import { Attacker } from './attacker.ts'
import {
  type Change,
  type Choice,
  changed,
  changes,
  configurations,
  documentOf,
  widestSkew,
} from './configurations.ts'
import { type Made, made } from './requests.ts'

/** What a gateway lives through. */
export interface Life {
  readonly first: Choice
  /** Seconds until the first request: for a while nothing is known of what was spent before. */
  readonly settled: number
  readonly rounds: readonly Round[]
}

interface Round {
  readonly requests: readonly Made[]
  /** What happens behind them. */
  readonly event: Event
  /** Seconds, one after the other, that go by then. */
  readonly waits: readonly number[]
}

interface Reload {
  readonly reload: Change
  /** Seconds that threads take to prepare, each time that they are asked. */
  readonly pauses: readonly number[]
  /** Seconds behind each step, as each thread holds and then each swaps. */
  readonly late: readonly [number, number, number, number]
  /** Requests that come behind each. */
  readonly meanwhile: readonly Made[]
}

type Event = Reload | { readonly clockSetBy: number } | 'restart' | 'thread ends' | 'nothing'

const lateness = fc.constantFrom(0, 0, 0, 3, 7, 30)
const events: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      reload: changes,
      pauses: fc.array(fc.constantFrom(0, 0, 1, 2, 6), { maxLength: 2 }),
      late: fc.tuple(lateness, lateness, lateness, lateness),
      meanwhile: fc.array(made, { maxLength: 1 }),
    }),
  },
  { weight: 1, arbitrary: fc.constantFrom(-3600, -70, -20, 70).map((clockSetBy) => ({ clockSetBy })) },
  { weight: 3, arbitrary: fc.constantFrom<Event[]>('restart', 'thread ends', 'nothing') },
)

export const lives = fc.record<Life>({
  first: configurations,
  settled: fc.constantFrom(100, 0, 20),
  rounds: fc.array(
    fc.record<Round>({
      requests: fc.array(made, { minLength: 1, maxLength: 3 }),
      event: events,
      waits: fc.array(fc.constantFrom(1, 2, 5, 9, 11, 30), { maxLength: 2 }),
    }),
    { minLength: 1, maxLength: 3, size: 'max' },
  ),
})

/** Lives it, attacked whenever anything has happened; tells what was spent. Throws where something passed that could not have. */
export async function live(folder: string, { first, settled, rounds }: Life): Promise<readonly string[]> {
  vi.setSystemTime(NOW * 1000)
  const world = new SpendingWorld(folder, await documentOf(first))
  const attacker = new Attacker(world, widestSkew(first))
  let choice = first
  let latest = 0
  const pass = (seconds: number) => {
    vi.advanceTimersByTime(seconds * 1000)
    latest = Math.max(latest, unixNow())
  }
  pass(settled)
  for (const { requests, event, waits } of rounds) {
    for (const request of requests) attacker.make(request)
    const name = JSON.stringify(event)
    if (event === 'restart') {
      // A process that begins cannot know that its clock was set back.
      if (unixNow() >= latest) world.restart(await documentOf(choice))
    } else if (event === 'thread ends') world.replaceThread(0)
    else if (event !== 'nothing' && 'clockSetBy' in event)
      vi.setSystemTime(Date.now() + event.clockSetBy * 1000)
    else if (event !== 'nothing') {
      choice = changed(choice, event.reload)
      const pauses = [...event.pauses]
      const late = (seconds: number) => {
        pass(seconds)
        for (const request of event.meanwhile) attacker.make(request)
        attacker.attack(`in the middle of ${name}`)
      }
      const outcome = await world.reload(await documentOf(choice), {
        prepared: () => {
          attacker.attack(`in the middle of ${name}`)
          pass(pauses.pop() ?? 0)
          attacker.attack(`in the middle of ${name}`)
        },
        held: (thread) => late(event.late[thread]!),
        swapped: (thread) => late(event.late[2 + thread]!),
      })
      expect(outcome).toHaveProperty('snapshot')
      attacker.reloaded(widestSkew(choice))
    }
    attacker.attack(`behind ${name}`)
    for (const seconds of waits) {
      pass(seconds)
      attacker.attack(`${seconds} s behind ${name}`)
    }
  }
  // Until all that passed is over, by steps that no window is shorter than.
  for (let gone = STEP; gone <= ALL_OVER; gone += STEP) {
    pass(STEP)
    attacker.attack(`${gone} s behind all`)
  }
  world.stop()
  vi.clearAllTimers()
  if (attacker.twice !== null) throw new Error(attacker.twice)
  return attacker.spent
}

/** Seconds. */
const STEP = 9
const ALL_OVER = 126
