import { type Fault, foundText } from '../problem.ts'
import { size } from '../schema/value.ts'
import { entriesOf, read, under } from './raw.ts'

/** A body that is as long as its route allows, of a request or a signed answer, must find room while no other is held, and be kept where it is to be. */
export function* heldBodyRules(raw: unknown): Iterable<Fault> {
  const memory = read(any, under(raw, 'held_bodies').memory ?? '256MiB')
  if (memory === undefined) return
  for (const { path, value } of entriesOf(raw, 'routes')) {
    for (const key of ['held_body_size', 'held_answer_size']) {
      const given = under(value, 'limits')[key]
      const longest = read(any, given)
      if (longest === undefined) continue
      const here = [...path, 'limits', key]
      const found = foundText(given, here)
      if (longest > memory) yield { path: here, expected: 'no more than `held_bodies.memory`', found }
      if (longest > LONGEST_KEPT && value.evidence === 'bodies')
        yield { path: here, expected: 'no more than 256MiB, as evidence has a body in one line', found }
    }
  }
}

const any = size('0B', '1023GiB')
/** Octets; of Node the longest text, which this makes four thirds as long, has 512 MiB. */
const LONGEST_KEPT = 256 * 1024 * 1024
