import { didYouMean } from '../nearest.ts'
import { type Fault, foundText, type Path } from '../problem.ts'
import { signing } from '../schema/signing.ts'
import { once } from './listeners.ts'
import { entriesOf, type RawEntry, read, signingKeysOf, textsOf } from './raw.ts'
import { knownHosts } from './routes.ts'

/** Our signing keys: each by a name of its own, its turn in order, and where routes name them. */
export function* signingRules(raw: unknown): Iterable<Fault> {
  const keyIds = new Map<unknown, Path>()
  for (const { path, value } of signingKeysOf(raw)) {
    yield* once(keyIds, value.key_id, [...path, 'key_id'], 'a key_id that no other signing key has')
    yield* knownHosts(raw, value, path)
    yield* turnInOrder({ path, value })
  }
  const known = [...keyIds.keys()].map(String)
  for (const { path, value } of entriesOf(raw, 'routes')) {
    for (const { path: at, text } of textsOf(value, 'signing_key', path)) {
      if (known.includes(text)) continue
      const expected = `the key_id of a key in \`signing\`${known.length === 0 ? ', which has none' : ''}`
      yield { path: at, expected, found: foundText(text, at), ...didYouMean(text, known) }
    }
  }
}

function* turnInOrder({ path, value }: RawEntry): Iterable<Fault> {
  const [key] = read(signing, value) ?? []
  if (key?.sign_from === undefined || key.sign_until === undefined || key.sign_from < key.sign_until) return
  const at = [...path, 'sign_until']
  yield { path: at, expected: 'a time after `sign_from`', found: foundText(value.sign_until, at) }
}
