import { type Fault, foundText, type Path } from '../problem.ts'
import { isLoopback, upstreamOrigin } from '../schema/network.ts'
import { duration } from '../schema/value.ts'
import { asksForCertificate, entriesOf, has, type RawMapping, read, under } from './raw.ts'
import { namesIn } from './signature-profiles.ts'
import { together } from './together.ts'

/** How upstreams are reached. */
export function* upstreamRules(raw: unknown): Iterable<Fault> {
  for (const { path, value } of entriesOf(raw, 'upstreams')) {
    yield* plaintextStaysHere(value, path)
    yield* together(value, 'certificate', 'private_key', path)
    yield* connectsInTime(value, path)
    yield* certificatesAreBelieved(value, path, raw)
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
  if (staysHere(upstream) || upstream.danger_plaintext === true) return
  const path = [...above, 'url']
  const expected = 'https, or http to a loopback host or a unix socket'
  yield { path, expected, found: foundText(upstream.url, path), hint: '`danger_plaintext: true` allows it' }
}

function* connectsInTime(upstream: RawMapping, above: Path): Iterable<Fault> {
  const [connect, whole] = [read(time, upstream.connect_timeout), read(time, upstream.timeout)]
  if (connect === undefined || whole === undefined || connect <= whole) return
  const path = [...above, 'connect_timeout']
  yield { path, expected: 'no more than `timeout`', found: foundText(upstream.connect_timeout, path) }
}

/** RFC 9440 §4: whoever believes the field must know who wrote it, so the way there is ours alone, or what goes there is signed. */
function* certificatesAreBelieved(upstream: RawMapping, above: Path, raw: unknown): Iterable<Fault> {
  if (upstream.client_cert !== 'leaf' && upstream.client_cert !== 'chain') return
  const path = [...above, 'client_cert']
  const listeners = entriesOf(raw, 'listeners').map(({ value }) => under(value, 'tls'))
  if (!listeners.some(asksForCertificate)) {
    const expected = 'a listener that asks clients for certificates'
    yield { path, expected, found: 'none', hint: '`tls.client_certificate: optional` asks' }
  }
  if (signsCertificate(upstream) || has(upstream, 'certificate') || staysHere(upstream)) return
  const expected = '`certificate` and `private_key`, or `signature` that covers it, beside it'
  yield { path, expected, found: 'neither', hint: 'else the upstream cannot tell who wrote the field' }
}

function signsCertificate(upstream: RawMapping): boolean {
  if (!has(upstream, 'signature')) return false
  const signature = under(upstream, 'signature')
  const listed = namesIn(signature, 'if_present')
  if (listed === undefined) return true
  const covered = [...listed, ...(namesIn(signature, 'always') ?? [])]
  return (
    covered.includes('client-cert') &&
    (upstream.client_cert === 'leaf' || covered.includes('client-cert-chain'))
  )
}

/** Whether it is reached without leaving this machine. */
function staysHere(upstream: RawMapping): boolean {
  const origin = read(upstreamOrigin, upstream.url)
  return has(upstream, 'socket_path') || (origin !== undefined && isLoopback(new URL(origin).hostname))
}

const time = duration('0ms', '576h')
