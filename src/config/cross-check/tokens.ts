import type { Fault, Path } from '../problem.ts'
import { TENANT } from '../schema/issuer.ts'
import { once } from './names.ts'
import { entriesOf, has, type RawMapping, textsOf, under } from './raw.ts'

/** What the access tokens of an issuer may look like: tenants, algorithms, encryption. */
export function* tokenRules(raw: unknown): Iterable<Fault> {
  const kids = new Map<unknown, Path>()
  for (const { path, value } of entriesOf(raw, 'issuers')) {
    yield* tenantRules(value, path)
    if (value.require_encryption === true && !has(value, 'decryption')) {
      yield { path: [...path, 'decryption'], expected: 'keys, for require_encryption', found: 'nothing' }
    }
    // The key that a token names says whose it is, so no two issuers have one of the same name.
    for (const { path: at, value: key } of entriesOf(value, 'decryption')) {
      yield* once(kids, key.key_id, [...path, ...at, 'key_id'], 'a key_id that no other key has')
    }
  }
}

/** The issuers that an entry stands for: one, or one for each tenant of a template. */
export function issuerNames(value: RawMapping): readonly unknown[] {
  const { issuer } = value
  if (!isTemplate(issuer)) return [issuer]
  return textsOf(value, 'tenants', []).map(({ text }) => issuer.replaceAll(TENANT, text))
}

function* tenantRules(value: RawMapping, path: Path): Iterable<Fault> {
  if (!isTemplate(value.issuer)) {
    if (has(value, 'tenants')) {
      yield {
        path: [...path, 'issuer'],
        expected: `an issuer with ${TENANT}, for its tenants`,
        found: 'none',
      }
    }
    return
  }
  if (!has(value, 'tenants')) {
    yield { path: [...path, 'tenants'], expected: `the tenants that ${TENANT} may be`, found: 'nothing' }
  }
  if (!['metadata_url', 'jwks_uri', 'jwks_file'].some((key) => has(value, key))) {
    const expected = `metadata_url, jwks_uri or jwks_file, as ${TENANT} names no place`
    yield { path, expected, found: 'none of them' }
  }
  yield* askedAbout(value, [...path, 'introspection'])
}

/** The server that is asked has a name of its own, which a template does not tell: none in its answers, and none for an assertion. */
function* askedAbout(value: RawMapping, path: Path): Iterable<Fault> {
  const { response, client_auth: method } = under(value, 'introspection')
  if (response === 'jwt' || response === 'plain_jwt') {
    const expected = `json, as no answer is signed by ${TENANT}`
    yield { path: [...path, 'response'], expected, found: response }
  }
  if (method === 'private_key_jwt' && !has(value, 'metadata_issuer')) {
    const expected = `\`metadata_issuer\` beside private_key_jwt, as ${TENANT} is no audience`
    yield { path: [...path, 'client_auth'], expected, found: 'none' }
  }
}

function isTemplate(issuer: unknown): issuer is string {
  return typeof issuer === 'string' && issuer.includes(TENANT)
}
