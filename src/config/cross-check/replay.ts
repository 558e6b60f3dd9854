import { type Fault, foundText } from '../problem.ts'
import { isLoopback } from '../schema/network.ts'
import { has, type RawMapping, under } from './raw.ts'
import { together } from './together.ts'

/** Where several replicas remember spent proofs together. */
export function* replayRules(raw: unknown): Iterable<Fault> {
  const replay = under(raw, 'replay')
  const redis = under(replay, 'redis')
  const path = ['replay', 'redis']
  if (replay.store !== 'redis') {
    if (has(replay, 'redis'))
      yield { path, part: 'key', expected: '`store: redis` beside it', found: 'a ledger in memory' }
    return
  }
  if (!has(replay, 'redis')) {
    yield { path, expected: 'a mapping with url or cluster, as the store is redis', found: 'none' }
    return
  }
  const places = ['url', 'cluster'].filter((key) => has(redis, key))
  if (places.length !== 1)
    yield { path, expected: 'either url or cluster', found: places.join(' and ') || 'neither' }
  if (has(redis, 'username') && !has(redis, 'password_file'))
    yield { path: [...path, 'username'], part: 'key', expected: '`password_file` beside it', found: 'none' }
  if (replay.danger_trust_before_start === true)
    yield {
      path: ['replay', 'danger_trust_before_start'],
      expected: 'false, as Redis knows what was spent before a start',
      found: 'true',
    }
  yield* together(redis, 'certificate', 'private_key', path)
  yield* overTls(redis, path)
  const nonce = under(raw, 'dpop_nonce')
  if (!has(nonce, 'secret') && !has(nonce, 'secret_file'))
    yield {
      path: ['dpop_nonce'],
      expected:
        '`secret` or `secret_file`, as `replay.store` is redis and each replica takes the nonces of the others',
      found: 'none',
    }
}

/** Whoever can write there can make it forget; the password is all that keeps others out. */
function* overTls(redis: RawMapping, above: readonly string[]): Iterable<Fault> {
  const { url, danger_plaintext: isAllowed } = redis
  const isOfUrl = typeof url === 'string'
  if (isOfUrl ? !url.startsWith('redis:') : isAllowed !== true) return
  const expected = isOfUrl
    ? 'nothing: redis has no TLS, rediss has'
    : 'nothing: with `danger_plaintext` a cluster has no TLS'
  for (const key of ['ca', 'certificate'])
    if (has(redis, key)) yield { path: [...above, key], part: 'key', expected, found: 'a path' }
  if (isAllowed === true || !isOfUrl || !URL.canParse(url) || isLoopback(new URL(url).hostname)) return
  yield {
    path: [...above, 'url'],
    expected: 'rediss, or redis to a loopback host',
    found: foundText(url, [...above, 'url']),
    hint: '`danger_plaintext: true` allows it',
  }
}
