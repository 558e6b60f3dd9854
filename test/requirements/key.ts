import { at, type Section } from './requirement.ts'

const REMOTE = 'src/services/key-ring/remote.ts'
const DOOR = 'src/services/http/door.ts'

export const KEY: Section = {
  name: 'KEY',
  title: 'Keys and JWK sets (RFC 7517, FAPI2-SP §5.4.2, §5.4.3)',
  rows: [
    {
      id: 'KEY-01',
      clause: 'FAPI2-SP §5.4.2(1)',
      says: 'Keys are fetched over https, without redirects, in bounded time and size.',
      check: [DOOR, 'src/services/http/json.ts'],
      tests: [
        at('e2e/keys-refused', 'from any of these, and why is written down', 'from where a redirect leads'),
        at('e2e/keys-refused', 'from any of these, and why is written down', 'from more than 256 KiB'),
        at('services/http/door', 'follows no redirect'),
        at('services/http/document', 'trusts only its CA, and nothing that is not https'),
        at('services/http/door', 'waits no longer than it was told'),
      ],
    },
    {
      id: 'KEY-02',
      clause: 'FAPI2-SP §5.4.2(2)',
      says: 'URLs of keys in a token (jku, x5u) are not followed.',
      check: 'src/verify/access-token/verify-jwt.ts',
      tests: [at('verify/access-token/issuer-keys', 'is never taken from the token (CVE-2018-0114)')],
    },
    {
      id: 'KEY-03',
      clause: 'FAPI2-SP §5.4.2(3)',
      says: 'No two published keys have one name, and an issuer that does so is noticed.',
      check: [
        'src/config/cross-check/signing.ts',
        'src/runtime/fetched/key-rings.ts',
        'src/verify/jose/jwk-set.ts',
      ],
      tests: [
        at('config/signing', 'is refused as %s', 'a key_id that no other signing key has'),
        at('e2e/keys', 'of one name are told of once'),
        at('verify/jose/jwk-set', 'gives each name that several entries have, once'),
      ],
    },
    {
      id: 'KEY-04',
      clause: 'FAPI2-SP §5.4.3',
      says: 'Of several keys of one name those that fit are tried, four at most.',
      check: ['src/verify/access-token/verify-jwt.ts', 'src/services/key-ring/fixed.ts'],
      tests: [
        at('verify/access-token/issuer-keys', 'is found among several of one name by what fits'),
        at('verify/access-token/issuer-keys', 'is looked for at most four times'),
      ],
    },
    {
      id: 'KEY-05',
      clause: 'RFC 8725 §3.10',
      says: 'Unknown names cause few fetches and delay neither good tokens nor the scheduled refresh; keys outlive an outage.',
      check: [REMOTE, 'src/services/key-ring/budget.ts'],
      tests: [
        at(
          'services/key-ring/rings',
          'fetches at most a handful for made-up names, then one each ten seconds',
        ),
        at('services/key-ring/rings', 'fetches once for all who wait'),
        at(
          'services/key-ring/rings',
          '10,000 made-up names in a minute delay neither a good token nor the scheduled refresh',
        ),
        at('services/key-ring/rings', 'remembers for a minute that a name was not there'),
        at('services/key-ring/rings', 'has a new key at the first token that names it'),
        at(
          'services/key-ring/rings',
          'holds made-up names of many issuers back, and no ring that has keys to fetch',
        ),
        at('e2e/keys-away', 'outlive an outage; names made up in it cannot be judged, and cost nobody else'),
        at('e2e/keys-away', 'may be away at the start: 503 and no challenge'),
      ],
    },
    {
      id: 'KEY-06',
      clause: 'RFC 8725 §3.10',
      says: 'A URL that a client supplied cannot make the gateway ask its own network.',
      not: 'applicable',
      because:
        'Keys are fetched from URLs of the configuration and of configured issuers; clients supply none.',
    },
    {
      id: 'KEY-07',
      clause: 'RFC 7517 §4.2, §4.3, §4.4',
      says: 'What a key says of its use binds: keys for encryption, symmetric and private ones verify nothing.',
      check: ['src/verify/jose/jwk-set.ts', 'src/verify/jose/public-key.ts'],
      tests: [
        at('verify/jose/jwk-set', 'passes over keys %s', 'for encryption'),
        at('verify/jose/jwk-set', 'passes over keys %s', 'for other operations'),
        at('verify/jose/jwk-set', 'passes over keys %s', 'symmetric'),
        at('verify/jose/jwk-set', 'passes over keys %s', 'private'),
      ],
    },
    {
      id: 'KEY-08',
      clause: 'RFC 7638 §3',
      says: 'A thumbprint is over the required members alone, each in its one spelling.',
      check: ['src/verify/jose/thumbprint.ts', 'src/verify/jose/public-key.ts'],
      tests: [
        at('verify/jose/thumbprint', 'is that of $source'),
        at('verify/jose/public-key', 'keeps the required members alone'),
        at('verify/jose/public-key', 'refuses %s', 'stray bits'),
      ],
    },
    {
      id: 'KEY-09',
      clause: 'FAPI2-SP §6.8',
      says: 'A key that is compromised can be shut out at once, and keys serve one purpose each.',
      check: ['src/services/key-ring/denied.ts', 'src/admin/keys.ts', 'src/config/cross-check/signing.ts'],
      tests: [
        at(
          'e2e/keys',
          'that are denied verify nothing, whether by name or by thumbprint, and while they are published',
        ),
        at('e2e/keys', 'are fetched at once where an operator says so, and every thread has them then'),
        at('services/key-ring/denied', 'are left out, by name and by thumbprint'),
        at('config/signing', 'is refused as %s', 'a key_id that no other signing key has'),
      ],
    },
  ],
}
