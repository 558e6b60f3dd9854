import { type Fault, foundText } from '../problem.ts'
import { entriesOf, has, signingKeysOf, under } from './raw.ts'
import { signedRequestRules } from './signature-profiles.ts'

/** An upstream that gets what is forwarded signed: by a key, and with bodies that are held, which those of open routes are not. */
export function* signedUpstreamRules(raw: unknown): Iterable<Fault> {
  for (const { path, value } of entriesOf(raw, 'upstreams')) {
    yield* signedRequestRules(under(value, 'signature'), [...path, 'signature'])
    if (!has(value, 'signature') || signingKeysOf(raw).length > 0) continue
    yield { path: [...path, 'signature'], expected: 'a `signing` key in this file', found: 'none' }
  }
  for (const { path, value } of entriesOf(raw, 'routes')) {
    const upstream = typeof value.upstream === 'string' ? under(under(raw, 'upstreams'), value.upstream) : {}
    const isOpen = value.danger_public === true || value.enforce === 'shadow'
    if (!isOpen || !has(upstream, 'signature')) continue
    const at = [...path, 'upstream']
    yield {
      path: at,
      expected: 'an upstream without `signature` on a route that is open',
      found: foundText(value.upstream, at),
    }
  }
}
