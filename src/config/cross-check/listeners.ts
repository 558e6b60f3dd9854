import { type Fault, foundText, type Path, pathText } from '../problem.ts'
import { type Bind, bind, isLoopback, publicOrigin } from '../schema/network.ts'
import { asksForCertificate, entriesOf, has, type RawMapping, read, textsOf, under } from './raw.ts'

/** Names, addresses and client certificates of the listeners, and the admin address. */
export function* listenerRules(raw: unknown): Iterable<Fault> {
  const names = new Map<unknown, Path>()
  const addresses = new Map<string, Path>()
  for (const { path, value } of entriesOf(raw, 'listeners')) {
    yield* once(names, value.name, [...path, 'name'], 'a name that no other listener has')
    yield* ownAddress(addresses, value.bind, [...path, 'bind'])
    yield* originsOnce(value, path)
    yield* clientCertificates(under(value, 'tls'), [...path, 'tls'])
  }
  yield* adminRules(under(raw, 'admin'), addresses)
}

/** A second value that equals one before it. */
export function* once(
  seen: Map<unknown, Path>,
  value: unknown,
  path: Path,
  expected: string,
): Iterable<Fault> {
  if (typeof value !== 'string') return
  const first = seen.get(value)
  if (first === undefined) seen.set(value, path)
  else yield { path, expected, found: `${foundText(value, path)}, as in ${pathText(first)}` }
}

function* ownAddress(seen: Map<string, Path>, value: unknown, path: Path): Iterable<Fault> {
  const address = read(bind, value)
  if (address === undefined || address.port === 0) return
  yield* once(seen, addressText(address), path, 'an address of its own')
}

function* originsOnce(listener: RawMapping, above: Path): Iterable<Fault> {
  const seen = new Map<unknown, Path>()
  for (const { path, text } of textsOf(listener, 'public_origin', above)) {
    yield* once(seen, read(publicOrigin, text), path, 'each origin once')
  }
}

function* clientCertificates(tls: RawMapping, path: Path): Iterable<Fault> {
  const asked = asksForCertificate(tls)
  const pop = tls.client_certificate_mode === 'pop'
  if (asked && !pop && !has(tls, 'client_ca')) {
    const hint = '`client_certificate_mode: pop` asks for possession alone'
    yield {
      path: [...path, 'client_ca'],
      expected: 'the CA that client certificates must lead to',
      found: 'nothing',
      hint,
    }
  }
  for (const key of ['client_ca', 'client_crl']) {
    if (!pop || !has(tls, key)) continue
    const expected = 'nothing: mode pop checks no chain'
    yield { path: [...path, key], part: 'key', expected, found: foundText(tls[key], []) }
  }
}

function* adminRules(admin: RawMapping, addresses: Map<string, Path>): Iterable<Fault> {
  const path = ['admin', 'bind']
  const address = read(bind, admin.bind)
  if (address === undefined) return
  yield* ownAddress(addresses, admin.bind, path)
  if (isLoopback(address.host) || admin.danger_public_bind === true) return
  const hint = '`danger_public_bind: true` allows another'
  yield {
    path,
    expected: 'a loopback address such as 127.0.0.1:9901',
    found: foundText(admin.bind, path),
    hint,
  }
}

function addressText({ host, port }: Bind): string {
  return `${host} ${port}`
}
