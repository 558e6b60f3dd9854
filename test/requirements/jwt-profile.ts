import { at, type Evidence, type Requirement, wire } from './requirement.ts'

const VERIFY = 'src/verify/access-token/verify-jwt.ts'
const TRUST = 'src/verify/access-token/issuer-trust.ts'
const CLAIMS = 'src/verify/access-token/claims.ts'
const DIALECT = 'src/verify/access-token/dialect.ts'
const ENCRYPTED = 'src/verify/access-token/encrypted.ts'

/** What RFC 9068 asks of access tokens; the rest of the section is about JWTs of any kind. */
export const PROFILE: readonly Requirement[] = [
  {
    id: 'JWT-01',
    clause: 'RFC 9068 §4',
    says: 'The header types the token at+jwt; an issuer for which that is given up is announced.',
    check: [DIALECT, 'src/config/departures.ts'],
    tests: [
      token('takes typ %s', 'application/at+jwt'),
      token('TOKEN_TYPE: %j'),
      wire('token', 'TOKEN_TYPE'),
      at('config/tokens', 'a dialect that does not ask for at+jwt is announced'),
    ],
  },
  {
    id: 'JWT-02',
    clause: 'RFC 9068 §4',
    says: 'Encrypted tokens are opened with configured keys; open ones are refused where the issuer encrypts.',
    check: [ENCRYPTED, VERIFY, 'src/services/decryption/opener.ts'],
    tests: [
      at('gateway/encryption', 'is opened with the key $kid, and its proof is over the token as it came'),
      at('gateway/encryption', 'TOKEN_UNENCRYPTED: where the issuer encrypts all of them'),
      at('e2e/encrypted-tokens', 'with %s: they are opened, verified and bound'),
    ],
  },
  {
    id: 'JWT-03',
    clause: 'RFC 9068 §4',
    says: 'The issuer is one that is configured, to the character, and its configured keys are used.',
    check: [TRUST, VERIFY],
    tests: [token('TOKEN_ISSUER: %j, compared code point by code point'), wire('token', 'TOKEN_ISSUER')],
  },
  {
    id: 'JWT-04',
    clause: 'RFC 9068 §4',
    says: 'The audience names this resource; none is refused.',
    check: [TRUST, CLAIMS],
    tests: [
      token('TOKEN_AUDIENCE: one of several must be ours'),
      token('TOKEN_CLAIMS or TOKEN_ISSUER: no %s', 'aud'),
      wire('token', 'TOKEN_AUDIENCE'),
    ],
  },
  {
    id: 'JWT-05',
    clause: 'RFC 9068 §4',
    says: 'The signature verifies with a key of the issuer, in an algorithm that is allowed; none is not.',
    check: VERIFY,
    tests: [
      at('verify/access-token/issuer-keys', 'TOKEN_SIGNATURE: altered claims, another key, no signature'),
      wire('token', 'TOKEN_SIGNATURE'),
      wire('token', 'TOKEN_ALGORITHM'),
    ],
  },
  {
    id: 'JWT-06',
    clause: 'RFC 9068 §4',
    says: 'From its exp on a token is worth nothing; there is no leeway.',
    check: TRUST,
    tests: [token('TOKEN_EXPIRED: from the very second of exp'), wire('token', 'TOKEN_EXPIRED')],
  },
  {
    id: 'JWT-07',
    clause: 'RFC 9068 §2.2',
    says: 'The seven claims of an access token are there, each of its type.',
    check: CLAIMS,
    tests: [
      token('TOKEN_CLAIMS or TOKEN_ISSUER: no %s', 'jti'),
      at('verify/access-token/claims', 'refuses %s'),
      wire('token', 'TOKEN_CLAIMS'),
    ],
  },
  {
    id: 'JWT-08',
    clause: 'RFC 9068 §2.2.3',
    says: 'The scope is a text of words; a list grants nothing unless the dialect has lists.',
    check: DIALECT,
    tests: [
      at('verify/access-token/claims', 'reads the scope %j as %j'),
      at('verify/access-token/dialects', '%s: the scopes %j'),
    ],
  },
  {
    id: 'JWT-09',
    clause: 'RFC 9068 §5, RFC 9700 §4.15, FAPI2-SP §6.7',
    says: 'A client that speaks for itself cannot pass for a user: a route can demand one, and the upstream is told which it is.',
    check: [DIALECT, 'src/verify/authority/grant.ts', 'src/gateway/fields.ts'],
    tests: [
      at('verify/access-token/dialects', '%s: the grant of a %s (RFC 9068 §5)'),
      at('gateway/dialects', 'its access token is accepted, and what it says is told the upstream'),
      at('gateway/authority', 'refuses on %s a token that has %j: %s', 'grant: client instead of user'),
    ],
  },
]

function token(title: string, row: string | null = null): Evidence {
  return at('verify/access-token/verify-jwt', title, row)
}
