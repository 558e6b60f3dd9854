import { HOP_BY_HOP, isTrustedField } from '../../domain/trusted-fields.ts'
import { type Fault, foundText } from '../problem.ts'
import { entriesOf, has, type RawMapping, textsOf, under } from './raw.ts'
import { together } from './together.ts'

/** Each consent service is asked in one way, about an id from one place of the token, which a header field may name as well. */
export function* consentRules(raw: unknown): Iterable<Fault> {
  for (const { path, value } of entriesOf(raw, 'consents')) {
    const [asked, given] = [has(value, 'url'), has(value, 'from_claim')]
    if (asked === given)
      yield { path, expected: 'either `url` or `from_claim`', found: asked ? 'both' : 'neither' }
    for (const key of given && !asked ? ASKING.filter((each) => has(value, each)) : []) {
      const expected = '`url`, as a consent in the token is asked for nowhere'
      yield { path: [...path, key], part: 'key', expected, found: `${key} beside \`from_claim\`` }
    }
    yield* oneId(under(value, 'id'), [...path, 'id'], asked)
    yield* together(value, 'certificate', 'private_key', path)
  }
}

function* oneId(id: RawMapping, path: Fault['path'], isAsked: boolean): Iterable<Fault> {
  const named = PLACES.filter((place) => has(id, place))
  // A field may say which consent is asked about. Nobody would notice if it named another than the one that stands in the token.
  if (named.length > 1 || (named.length === 0 && !(has(id, 'header') && isAsked))) {
    const found = named.length > 0 ? named.join(' and ') : has(id, 'header') ? 'header alone' : 'none'
    yield { path, expected: `one of ${PLACES.join(', ')}`, found }
  }
  yield* together(id, 'authorization_details', 'member', path)
  for (const { path: at, text } of textsOf(id, 'header', path)) {
    const name = text.toLowerCase()
    if (!isTrustedField(name) && !HOP_BY_HOP.has(name)) continue
    yield { path: at, expected: 'a field that is passed on to the upstream', found: foundText(text, at) }
  }
}

const PLACES = ['claim', 'scope', 'authorization_details']
/** What only a service that is asked has. */
const ASKING = ['cache', 'timeout', 'max_connections', 'ca', 'certificate', 'private_key', 'token_file']
