import { type Fault, foundText, type Path, pathText } from '../problem.ts'
import { once } from './names.ts'
import { entriesOf, has, type RawEntry, type RawMapping, textsOf, under } from './raw.ts'
import { issuerNames } from './tokens.ts'

/** Where keys and secrets come from: issuers and clients. */
export function* issuerRules(raw: unknown): Iterable<Fault> {
  const issuers = entriesOf(raw, 'issuers')
  for (const { path, value } of issuers) {
    yield* atMostOne(value, path, KEY_SOURCES)
    yield* atMostOne(value, path, PLACES)
    if (!has(value, 'introspection')) continue
    const settings = under(value, 'introspection')
    yield* introspectionRules(settings, [...path, 'introspection'])
    if (!SIGNED.includes(settings.response)) yield* noKeys(value, path)
    yield* noRules(value, path)
  }
  yield* distinctTrust(issuers.filter(({ value }) => !has(value, 'introspection')))
  yield* clientRules(raw)
}

/** A token of that issuer for that audience would belong to both, and which rules hold for it would be chance. */
function* distinctTrust(issuers: readonly RawEntry[]): Iterable<Fault> {
  const seen = new Map<string, Path>()
  for (const { path, value } of issuers) {
    for (const { path: at, text } of textsOf(value, 'audience', path)) {
      const pairs = issuerNames(value).map((issuer) => JSON.stringify([issuer, text]))
      const other = pairs.map((pair) => seen.get(pair)).find((known) => known !== undefined)
      for (const pair of pairs) seen.set(pair, seen.get(pair) ?? path)
      if (other === undefined || pathText(other) === pathText(path)) continue
      const found = `${foundText(text, at)}, as in ${pathText(other)}`
      yield { path: at, expected: 'an audience that no other entry has for this issuer', found }
    }
  }
}

/** Each way to authenticate has its credentials, and what it has no use for would look as if it were shown. */
function* introspectionRules(settings: RawMapping, path: Path): Iterable<Fault> {
  const { client_auth: method } = settings
  if (typeof method !== 'string' || !Object.hasOwn(CREDENTIALS, method)) return
  const { needs, takes = needs } = CREDENTIALS[method]!
  if (needs === SECRETS) yield* exactlyOne(settings, path, SECRETS)
  else
    for (const key of needs) {
      if (has(settings, key)) continue
      yield { path: [...path, key], expected: `a path, for client_auth ${method}`, found: 'nothing' }
    }
  for (const key of ALL_CREDENTIALS) {
    if (!has(settings, key) || takes.includes(key)) continue
    yield { path: [...path, key], part: 'key', expected: `none, as ${method} does not show it`, found: key }
  }
}

/** Keys beside plain answers would look as if something were verified with them. */
function* noKeys(issuer: RawMapping, path: Path): Iterable<Fault> {
  for (const key of [...KEY_SOURCES, 'denied_keys'].filter((each) => has(issuer, each))) {
    const hint = 'only signed answers (`introspection.response`) are verified'
    const expected = 'no keys beside `introspection`'
    yield { path: [...path, key], part: 'key', expected, found: key, hint }
  }
}

/** Nor is what holds for tokens that are verified here looked at for those that the server is asked about. */
function* noRules(issuer: RawMapping, path: Path): Iterable<Fault> {
  const encrypted = issuer.require_encryption === true ? ['require_encryption'] : []
  for (const key of ['status_list', 'decryption', ...encrypted].filter((each) => has(issuer, each))) {
    const hint = 'it holds for tokens that are verified here, and these are asked about'
    yield { path: [...path, key], part: 'key', expected: 'nothing beside `introspection`', found: key, hint }
  }
}

function* clientRules(raw: unknown): Iterable<Fault> {
  const ids = new Map<unknown, Path>()
  for (const { path, value } of entriesOf(raw, 'clients')) {
    yield* once(ids, value.client_id, [...path, 'client_id'], 'a client id that no other entry has')
    yield* exactlyOne(value, path, ['jwks_file', 'jwks_uri', 'jwks'])
  }
}

function* exactlyOne(mapping: RawMapping, path: Path, keys: readonly string[]): Iterable<Fault> {
  if (keys.some((key) => has(mapping, key))) yield* atMostOne(mapping, path, keys)
  else yield { path, expected: `one of ${keys.join(', ')}`, found: 'none of them' }
}

function* atMostOne(mapping: RawMapping, path: Path, keys: readonly string[]): Iterable<Fault> {
  const [first, ...others] = keys.filter((key) => has(mapping, key))
  for (const key of others) {
    const expected = `only one of ${keys.join(', ')}`
    yield { path: [...path, key], part: 'key', expected, found: `${key} beside ${first}` }
  }
}

const KEY_SOURCES = ['jwks_uri', 'jwks_file']
const PLACES = ['metadata_url', ...KEY_SOURCES]
const SIGNED: readonly unknown[] = ['jwt', 'plain_jwt']
const SECRETS = ['client_secret_file', 'client_secret']
const CERTIFICATE = ['certificate', 'private_key']
const ALL_CREDENTIALS = [...SECRETS, ...CERTIFICATE, 'key_id']
interface Credentials {
  readonly needs: readonly string[]
  /** Those, unless it says otherwise. */
  readonly takes?: readonly string[]
}
const CREDENTIALS: Readonly<Record<string, Credentials>> = {
  client_secret_basic: { needs: SECRETS },
  client_secret_post: { needs: SECRETS },
  private_key_jwt: { needs: ['private_key'], takes: ['private_key', 'key_id'] },
  tls_client_auth: { needs: CERTIFICATE },
  self_signed_tls_client_auth: { needs: CERTIFICATE },
}
