import { type Fault, foundText, type Path } from '../problem.ts'
import { isLoopback, upstreamOrigin } from '../schema/network.ts'
import { duration } from '../schema/value.ts'
import { entriesOf, has, type RawMapping, read } from './raw.ts'

/** How upstreams are reached. */
export function* upstreamRules(raw: unknown): Iterable<Fault> {
  for (const { path, value } of entriesOf(raw, 'upstreams')) {
    yield* plaintextStaysHere(value, path)
    yield* certificateWithKey(value, path)
    yield* connectsInTime(value, path)
  }
}

function* plaintextStaysHere(upstream: RawMapping, above: Path): Iterable<Fault> {
  const origin = read(upstreamOrigin, upstream.url)
  if (origin === undefined || origin.startsWith('https:')) return
  for (const key of ['ca', 'certificate', 'private_key']) {
    if (!has(upstream, key)) continue
    yield {
      path: [...above, key],
      part: 'key',
      expected: 'nothing: an http upstream has no TLS',
      found: 'a path',
    }
  }
  const remote = !isLoopback(new URL(origin).hostname) && !has(upstream, 'socket_path')
  if (!remote || upstream.danger_plaintext === true) return
  const path = [...above, 'url']
  const expected = 'https, or http to a loopback host or a unix socket'
  yield { path, expected, found: foundText(upstream.url, path), hint: '`danger_plaintext: true` allows it' }
}

function* certificateWithKey(upstream: RawMapping, path: Path): Iterable<Fault> {
  const [certificate, key] = [has(upstream, 'certificate'), has(upstream, 'private_key')]
  if (certificate === key) return
  const [missing, given] = certificate ? ['private_key', 'certificate'] : ['certificate', 'private_key']
  yield { path: [...path, missing!], expected: `a path, as there is a ${given}`, found: 'nothing' }
}

function* connectsInTime(upstream: RawMapping, above: Path): Iterable<Fault> {
  const [connect, whole] = [read(time, upstream.connect_timeout), read(time, upstream.timeout)]
  if (connect === undefined || whole === undefined || connect <= whole) return
  const path = [...above, 'connect_timeout']
  yield { path, expected: 'no more than `timeout`', found: foundText(upstream.connect_timeout, path) }
}

const time = duration('0ms', '576h')
