import type { Fault } from '../problem.ts'
import { entriesOf, has, type RawMapping, under } from './raw.ts'
import { together } from './together.ts'

/** Each consent service is asked in one way, about an id from one place. */
export function* consentRules(raw: unknown): Iterable<Fault> {
  for (const { path, value } of entriesOf(raw, 'consents')) {
    const [asked, given] = [has(value, 'url'), has(value, 'from_claim')]
    if (asked === given)
      yield { path, expected: 'either `url` or `from_claim`', found: asked ? 'both' : 'neither' }
    yield* oneId(under(value, 'id'), [...path, 'id'])
    yield* together(value, 'certificate', 'private_key', path)
  }
}

function* oneId(id: RawMapping, path: Fault['path']): Iterable<Fault> {
  const named = PLACES.filter((place) => has(id, place))
  if (named.length !== 1) {
    const found = named.length === 0 ? 'none' : named.join(' and ')
    yield { path, expected: `one of ${PLACES.join(', ')}`, found }
  }
  yield* together(id, 'authorization_details', 'member', path)
}

const PLACES = ['claim', 'scope', 'authorization_details']
