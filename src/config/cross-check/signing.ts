import { type Fault, foundText, type Path } from '../problem.ts'
import { signing } from '../schema/signing.ts'
import { among, noneIn, once } from './names.ts'
import { entriesOf, type RawEntry, read, signingKeysOf } from './raw.ts'
import { knownHosts } from './routes.ts'

/** Our signing keys: each by a name of its own, its turn in order, and where routes name them. */
export function* signingRules(raw: unknown): Iterable<Fault> {
  const keyIds = new Map<unknown, Path>()
  for (const { path, value } of signingKeysOf(raw)) {
    yield* once(keyIds, value.key_id, [...path, 'key_id'], 'a key_id that no other signing key has')
    yield* knownHosts(raw, value, path)
    yield* turnInOrder({ path, value })
  }
  const names = [...keyIds.keys()].map(String)
  const expected = `the key_id of a key in \`signing\`${noneIn(names)}`
  for (const { path, value } of entriesOf(raw, 'routes'))
    yield* among(names, value, 'signing_key', path, expected)
}

function* turnInOrder({ path, value }: RawEntry): Iterable<Fault> {
  const [key] = read(signing, value) ?? []
  if (key?.sign_from === undefined || key.sign_until === undefined || key.sign_from < key.sign_until) return
  const at = [...path, 'sign_until']
  yield { path: at, expected: 'a time after `sign_from`', found: foundText(value.sign_until, at) }
}
