import { type Fault, foundText, type Path } from '../problem.ts'
import { entriesOf, has, isMapping, type RawMapping, textsOf, under } from './raw.ts'

/** What departs from FAPI 2.0 is announced; where the file says `strict: true` it is a problem. */
export function* strictRules(raw: unknown): Iterable<Fault> {
  if (!isMapping(raw) || raw.strict !== true) return
  for (const { path, value } of entriesOf(raw, 'issuers')) {
    yield* algorithms(value, path)
    yield* revocation(value, path)
    for (const key of ['danger_ignore_status', 'danger_allow_unavailable'])
      yield* refused(under(value, 'status_list'), [...path, 'status_list'], key, '§5.3.4(3)')
  }
  for (const { path, value } of entriesOf(raw, 'routes'))
    yield* refused(under(value, 'require'), [...path, 'require'], 'danger_accept_bearer', '§5.3.4(5)')
  for (const { path, value } of entriesOf(raw, 'policies'))
    yield* refused(value, path, 'danger_accept_bearer', '§5.3.4(5)')
  for (const { path, value } of entriesOf(raw, 'signature_profiles'))
    yield* refused(under(value, 'request'), [...path, 'request'], 'danger_rsa_v1_5', '§5.4.1')
}

function* algorithms(issuer: RawMapping, above: Path): Iterable<Fault> {
  for (const { path, text } of textsOf(issuer, 'algorithms', above)) {
    if (text !== 'RS256') continue
    const expected = `an algorithm of FAPI 2.0 (FAPI2-SP §5.4.1), ${AS_IT_SAYS}`
    yield { path, expected, found: foundText(text, path) }
  }
}

/** FAPI2-SP §5.3.4(3) asks for the revocation status. A token that nothing says anything about must at least be short-lived. */
function* revocation(issuer: RawMapping, path: Path): Iterable<Fault> {
  if (has(issuer, 'introspection') || has(issuer, 'max_token_lifetime')) return
  if (under(issuer, 'status_list').required === true) return
  const ways = 'introspection, status_list.required or max_token_lifetime'
  const expected = `${ways}, so that a revoked token ends (FAPI2-SP §5.3.4(3)), ${AS_IT_SAYS}`
  yield { path, expected, found: 'none of them' }
}

function* refused(mapping: RawMapping, above: Path, key: string, clause: string): Iterable<Fault> {
  if (mapping[key] !== true) return
  yield { path: [...above, key], expected: `false (FAPI2-SP ${clause}), ${AS_IT_SAYS}`, found: 'true' }
}

const AS_IT_SAYS = 'as the file says `strict: true`'
