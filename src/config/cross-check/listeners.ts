import { type Fault, foundText, type Path, pathText } from '../problem.ts'
import { ADMIN, type Bind, bind, isLoopback, publicOrigin } from '../schema/network.ts'
import { once } from './names.ts'
import { asksForCertificate, entriesOf, has, type RawMapping, read, textsOf, under } from './raw.ts'

/** Names, addresses and client certificates of the listeners, and the addresses beside them. */
export function* listenerRules(raw: unknown): Iterable<Fault> {
  const names = new Map<unknown, Path>()
  const addresses: TakenAddress[] = []
  for (const { path, value } of entriesOf(raw, 'listeners')) {
    yield* once(names, value.name, [...path, 'name'], 'a name that no other listener has')
    yield* ownAddress(addresses, value.bind, [...path, 'bind'])
    yield* originsOnce(value, path)
    yield* clientCertificates(under(value, 'tls'), [...path, 'tls'])
  }
  yield* adminRules(under(raw, 'admin'), addresses)
  yield* ownAddress(addresses, under(raw, 'monitoring').bind, ['monitoring', 'bind'])
}

type TakenAddress = Bind & { readonly path: Path }

function* ownAddress(taken: TakenAddress[], value: unknown, path: Path): Iterable<Fault> {
  const address = read(bind, value)
  if (address === undefined || address.port === 0) return
  const other = taken.find((each) => overlap(each, address))
  if (other === undefined) return void taken.push({ ...address, path })
  const found = `${foundText(value, path)}, which ${pathText(other.path)} takes`
  yield { path, expected: 'an address of its own', found }
}

const isV6 = (host: string) => host.includes(':')

/** An address that stands for all of its machine takes theirs; IPv6 for those of IPv4 too. */
function overlap(one: Bind, other: Bind): boolean {
  if (one.port !== other.port) return false
  const hosts = [one.host, other.host]
  return one.host === other.host || hosts.includes('::') || (hosts.includes('0.0.0.0') && !hosts.some(isV6))
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
    if (!has(tls, key)) continue
    if (!asked) yield nobodyAsks(tls, [...path, key])
    if (!pop) continue
    const expected = 'nothing: mode pop checks no chain'
    yield { path: [...path, key], part: 'key', expected, found: foundText(tls[key], []) }
  }
}

function nobodyAsks(tls: RawMapping, path: Path): Fault {
  const found = has(tls, 'client_certificate') ? foundText(tls.client_certificate, path) : 'none, the default'
  const expected = '`client_certificate: optional` or `required` beside it'
  return { path, part: 'key', expected, found, hint: 'no client is asked for a certificate' }
}

function* adminRules(admin: RawMapping, addresses: TakenAddress[]): Iterable<Fault> {
  const path = ['admin', 'bind']
  const given = admin.bind ?? ADMIN
  const address = read(bind, given)
  if (address === undefined) return
  yield* ownAddress(addresses, given, path)
  if (isLoopback(address.host) || admin.danger_public_bind === true) return
  const hint = '`danger_public_bind: true` allows another; for probes and metrics there is `monitoring`'
  yield {
    path,
    expected: 'a loopback address such as 127.0.0.1:9901',
    found: foundText(admin.bind, path),
    hint,
  }
}
