import { type Fault, foundText } from '../problem.ts'
import { size } from '../schema/value.ts'
import { entriesOf, read, under } from './raw.ts'

/** A body that is as long as its route allows must find room while no other is held. */
export function* heldBodyRules(raw: unknown): Iterable<Fault> {
  const memory = read(any, under(raw, 'held_bodies').memory ?? '256MiB')
  if (memory === undefined) return
  for (const { path, value } of entriesOf(raw, 'routes')) {
    const given = under(value, 'limits').held_body_size
    const longest = read(any, given)
    if (longest === undefined || longest <= memory) continue
    const here = [...path, 'limits', 'held_body_size']
    yield { path: here, expected: 'no more than `held_bodies.memory`', found: foundText(given, here) }
  }
}

const any = size('0B', '1023GiB')
