import { HOP_BY_HOP } from '../../domain/trusted-fields.ts'
import { type Fault, foundText } from '../problem.ts'
import { entriesOf, has, type RawMapping, signingKeysOf, under } from './raw.ts'
import { namesIn, signedRequestRules } from './signature-profiles.ts'

/** An upstream that gets what is forwarded signed: by a key, and with bodies that are held, which those of open routes are not. */
export function* signedUpstreamRules(raw: unknown): Iterable<Fault> {
  for (const { path, value } of entriesOf(raw, 'upstreams')) {
    yield* signedRequestRules(under(value, 'signature'), [...path, 'signature'])
    const routes = entriesOf(raw, 'routes').filter((route) => route.value.upstream === path.at(-1))
    const withToken = routes.every((route) => route.value.forward_token === true)
    for (const found of namesIn(under(value, 'signature'), 'always') ?? []) {
      if (leaves(found, value, withToken)) continue
      const expected = 'fields that each request to it has, or none could be signed'
      yield { path: [...path, 'signature', 'always'], expected, found }
    }
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

/** Whether a field can be in what is forwarded: what is said of the client is said in one way alone, and its proof stays here. */
function leaves(name: string, upstream: RawMapping, withToken: boolean): boolean {
  if (name === 'authorization') return withToken
  if (name === 'txn-token' || name.startsWith('holdfast-'))
    return (name === 'txn-token') === (upstream.identity === 'jwt')
  if (name === 'client-cert' || name === 'client-cert-chain')
    return upstream.client_cert === 'chain' || (name === 'client-cert' && upstream.client_cert === 'leaf')
  return !HOP_BY_HOP.has(name) && !STAY.includes(name)
}

const STAY = ['dpop', 'signature', 'signature-input']
