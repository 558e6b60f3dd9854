import { PROFILE } from './jwt-profile.ts'
import { at, type Section, wire } from './requirement.ts'

const VERIFY = 'src/verify/access-token/verify-jwt.ts'
const TRUST = 'src/verify/access-token/issuer-trust.ts'
const CLAIMS = 'src/verify/access-token/claims.ts'
const DIALECT = 'src/verify/access-token/dialect.ts'
const ENCRYPTED = 'src/verify/access-token/encrypted.ts'
const ALGORITHMS = 'src/verify/jose/algorithms.ts'
const PUBLIC_KEY = 'src/verify/jose/public-key.ts'

const token = (title: string, row: string | null = null) => at('verify/access-token/verify-jwt', title, row)
const key = (title: string) => at('verify/access-token/issuer-keys', title)
const known = (title: string) => at('verify/access-token/known-tokens', title)

export const JWT: Section = {
  name: 'JWT',
  title: 'JWT access tokens (RFC 9068, RFC 8725, FAPI2-SP §5.4)',
  rows: [
    ...PROFILE,
    {
      id: 'JWT-10',
      clause: 'FAPI2-SP §5.4.1(1)',
      says: 'PS256, ES256 and Ed25519 are accepted, in tokens, proofs, lists and answers; another is announced.',
      check: [ALGORITHMS, VERIFY, 'src/verify/dpop/proof.ts', 'src/config/departures.ts'],
      tests: [
        token('takes a token signed with %s', 'PS256'),
        token('TOKEN_ALGORITHM: %j', 'RS256'),
        at('verify/dpop/proof', '(5) DPOP_ALG: %j', 'RS256'),
        at('verify/jose/wycheproof', 'FAPI2-SP §5.4.1 leaves PS256, ES256 and Ed25519 of it'),
        at('config/tokens', 'are announced'),
        at('config/strict', 'is a problem where the file is strict: %s %s', 'issuers.bank.algorithms[1]'),
      ],
    },
    {
      id: 'JWT-11',
      clause: 'FAPI2-SP §5.4.1, RFC 9864 §2.2',
      says: 'Ed25519 has two names, and Ed448 goes by neither.',
      check: [PUBLIC_KEY, ALGORITHMS],
      tests: [
        at('verify/jose/jwk-set', 'takes EdDSA and Ed25519 for one'),
        at('verify/jose/algorithms', 'has no entry for %j', 'Ed448'),
        at('verify/jose/public-key', 'refuses %s', 'another Edwards curve'),
      ],
    },
    {
      id: 'JWT-12',
      clause: 'FAPI2-SP §5.4.1(1)',
      says: 'The algorithm none is not accepted, however it is written.',
      check: ALGORITHMS,
      tests: [
        token('TOKEN_ALGORITHM: %j', 'None'),
        at('verify/dpop/proof', '(5) DPOP_ALG: %j', 'NONE'),
        at('verify/jose/algorithms', 'cannot be widened by an allow-list'),
      ],
    },
    {
      id: 'JWT-13',
      clause: 'FAPI2-SP §5.4.1(2)',
      says: 'RSA keys have 2048 to 8192 bits.',
      check: PUBLIC_KEY,
      tests: [
        at('verify/jose/public-key', 'refuses %s', 'a modulus of 2047 bits'),
        at('verify/jose/public-key', 'refuses %s', 'a modulus beyond 8192 bits'),
      ],
    },
    {
      id: 'JWT-14',
      clause: 'FAPI2-SP §5.4.1(3)',
      says: 'Keys are on the curve of their algorithm, of which there are few.',
      check: [PUBLIC_KEY, ALGORITHMS],
      tests: [
        at('verify/jose/public-key', 'refuses %s', 'another curve'),
        at('verify/jose/jwk-set', 'passes over keys %s', 'of an unknown curve'),
      ],
    },
    {
      id: 'JWT-15',
      clause: 'RFC 8725 §3.1',
      says: 'A key verifies the algorithm that it was published for, and no other.',
      check: ['src/verify/jose/jwk-set.ts', VERIFY],
      tests: [
        key('verifies only the algorithm that it was published for'),
        at('verify/jose/jwk-set', 'binds a key to its one algorithm'),
      ],
      lacks: 'where RS256 is configured beside PS256, an RSA key that names neither verifies both',
    },
    {
      id: 'JWT-16',
      clause: 'RFC 8725 §3.3',
      says: 'Of an encrypted token both layers must hold, and the inner one is judged like any other.',
      check: [ENCRYPTED, VERIFY],
      tests: [
        at('verify/access-token/encrypted', 'is verified like any other, under the hash of what came'),
        at('gateway/encryption', 'what is inside is judged like any other token'),
        at('gateway/encryption', 'TOKEN_DECRYPTION: for a key that is not ours, or altered'),
      ],
    },
    {
      id: 'JWT-17',
      clause: 'RFC 8725 §3.4',
      says: 'Points are on their curve, and coordinates have their length.',
      check: PUBLIC_KEY,
      tests: [
        at('verify/jose/public-key', 'refuses a point off the curve (RFC 8725 §3.4)'),
        at('verify/jose/public-key', 'refuses %s', 'a short coordinate'),
      ],
    },
    {
      id: 'JWT-18',
      clause: 'RFC 8725 §3.6',
      says: 'Nothing compressed is decrypted.',
      check: ENCRYPTED,
      tests: [
        at('verify/access-token/encrypted', 'TOKEN_ENCRYPTION: %j', 'DEF'),
        at('gateway/encryption', 'TOKEN_ENCRYPTION: %j', 'DEF'),
      ],
    },
    {
      id: 'JWT-19',
      clause: 'RFC 8725bis',
      says: 'No key comes from a password, and none is symmetric.',
      check: 'src/verify/jose/encryption.ts',
      tests: [
        at('verify/access-token/encrypted', 'TOKEN_ENCRYPTION: %j', 'PBES2-HS512+A256KW'),
        at('verify/access-token/encrypted', 'TOKEN_ENCRYPTION: %j', 'dir'),
      ],
    },
    {
      id: 'JWT-20',
      clause: 'RFC 8725 §3.7',
      says: 'What is not UTF-8 is not JSON.',
      check: 'src/codec/json.ts',
      tests: [at('codec/json', 'refuses what is not UTF-8 (RFC 8725 §3.7)')],
    },
    {
      id: 'JWT-21',
      clause: 'RFC 8725 §3.8',
      says: "A key counts for its own issuer's tokens alone.",
      check: [VERIFY, TRUST],
      tests: [
        key('counts for its own issuer alone, though both are trusted here'),
        at('verify/access-token/encrypted', 'TOKEN_ISSUER: nobody speaks for another, even on one route'),
      ],
    },
    {
      id: 'JWT-22',
      clause: 'RFC 8725 §3.10',
      says: 'The name of a key is looked up and nothing else; URLs in the header are not followed.',
      check: VERIFY,
      tests: [
        key('TOKEN_KEY_UNKNOWN: a kid that no publisher could have chosen is not even asked for'),
        key('is never taken from the token (CVE-2018-0114)'),
      ],
    },
    {
      id: 'JWT-23',
      clause: 'RFC 8725 §3.11',
      says: 'Types are compared as media types: in any case, with or without application/.',
      check: [DIALECT, 'src/verify/status-list/list-token.ts', 'src/services/introspection/signed-answer.ts'],
      tests: [
        token('takes typ %s', 'Application/At+Jwt'),
        at(
          'verify/status-list/list-token',
          'gives the list and how long it may be used',
          'application/StatusList+JWT',
        ),
        at('services/introspection/signed-answer', 'may be %s', 'typed in full'),
      ],
      lacks: 'each kind has a comparison of its own; that of proofs is exact (DPOP-04)',
    },
    {
      id: 'JWT-24',
      clause: 'RFC 8725 §3.12',
      says: 'A JWT of one kind is refused wherever another kind is due.',
      check: [DIALECT, 'src/verify/dpop/proof.ts', 'src/verify/status-list/list-token.ts'],
      tests: [
        at('attacks/token-confusion', 'what reads %s takes no other', 'at+jwt'),
        at('verify/access-token/dialects', 'refuses every JWT that says to be %j'),
        at('verify/access-token/dialects', 'refuses the ID token of $dialect'),
        at('gateway/dialects', 'its %s is refused'),
        at('verify/access-token/accept-introspection', 'an active token is no access token for that'),
      ],
    },
    {
      id: 'JWT-25',
      clause: 'RFC 8725bis',
      says: 'A JWT has three parts of base64url, each in its one spelling.',
      check: ['src/codec/compact-jws.ts', 'src/codec/base64url.ts'],
      tests: [
        at('codec/base64url', 'gives every value exactly one text'),
        at('codec/compact-jws', 'refuses %s', 'a part of the other alphabet'),
        token('TOKEN_NOT_JWT: %s', 'a padded part'),
      ],
    },
    {
      id: 'JWT-26',
      clause: 'RFC 7515 §4.1.11',
      says: 'What is critical and not understood makes a token invalid.',
      check: VERIFY,
      tests: [token('TOKEN_CRITICAL: %j'), wire('token', 'TOKEN_CRITICAL')],
    },
    {
      id: 'JWT-27',
      clause: 'RFC 7797 §6',
      says: 'An unencoded payload is refused.',
      check: VERIFY,
      tests: [
        token('TOKEN_CRITICAL: %j', 'b64'),
        at('verify/jose/cookbook', '%s is refused', 'an unencoded payload (RFC 7797)'),
      ],
    },
    {
      id: 'JWT-28',
      clause: 'RFC 7515 §4, RFC 7519 §4',
      says: 'A member that is named twice makes the JSON unreadable.',
      check: 'src/codec/json.ts',
      tests: [
        at('codec/json', 'refuses a member named %s (RFC 7515 §4)'),
        token('TOKEN_NOT_JWT: %s', 'claims that name sub twice'),
      ],
    },
    {
      id: 'JWT-29',
      clause: 'RFC 7518 §3.4, §3.5',
      says: 'ECDSA signatures are two numbers of fixed length, PSS salts as long as the digest.',
      check: 'src/verify/jose/signature.ts',
      tests: [
        at('verify/jose/signature', 'refuses the DER form of an ECDSA signature'),
        at('verify/jose/signature', 'refuses a salt of %i octets with PS256'),
      ],
    },
    {
      id: 'JWT-30',
      clause: 'RFC 7515 §4.1.3, CVE-2018-0114',
      says: 'A key in the header of a token is not looked at.',
      check: VERIFY,
      tests: [key('is never taken from the token (CVE-2018-0114)')],
    },
    {
      id: 'JWT-31',
      clause: 'RFC 7519 §2',
      says: 'Dates are finite numbers from 0 to 2^53.',
      check: CLAIMS,
      tests: [
        at('verify/access-token/claims', 'refuses %s'),
        at('verify/access-token/accept-introspection', 'refuses %s', 'exp as a text'),
      ],
    },
    {
      id: 'JWT-32',
      clause: 'FAPI2-SP §5.3.2.1(13)',
      says: 'A token may be dated ten seconds ahead, and by no configuration more than sixty.',
      check: [TRUST, 'src/config/schema/issuer.ts'],
      tests: [
        token('TOKEN_NOT_YET: beyond the leeway (FAPI2-SP §5.3.2.1(13))'),
        wire('token', 'TOKEN_NOT_YET'),
        at('config/decode', 'a value that is wrong', '    clock_skew: 61s\\n    issuer: https'),
      ],
    },
    {
      id: 'JWT-33',
      clause: 'RFC 9728 §6, RFC 8725 §3.8',
      says: 'Identifiers are compared as they stand.',
      check: TRUST,
      tests: [
        token('TOKEN_ISSUER: %j, compared code point by code point'),
        token('TOKEN_AUDIENCE: one of several must be ours'),
        at('config/document', 'keeps an issuer byte for byte'),
      ],
    },
    {
      id: 'JWT-34',
      clause: 'ours',
      says: 'What is remembered of a verified token goes by its text, its issuer and its key; the clock is asked anew.',
      check: VERIFY,
      tests: [
        known('is judged anew where its key was withdrawn'),
        known('is judged anew where its issuer is trusted on other terms, or no more'),
        known('expires all the same, and begins no sooner'),
        known('is remembered only if it was accepted'),
        at('e2e/keys', 'change: a new one counts at its first token, a withdrawn one no more'),
      ],
    },
    {
      id: 'JWT-35',
      clause: 'CVE-2026-34950, CVE-2026-22817, CVE-2023-48223',
      says: 'No public key can be used as a secret: nothing symmetric verifies anything.',
      check: [ALGORITHMS, 'src/verify/jose/signature.ts'],
      tests: [
        at('verify/jose/algorithms', 'has no entry for %j', 'HS256'),
        at('verify/jose/signature', 'refuses a key of another type, and a private one'),
        at('verify/jose/cookbook', '%s is refused', 'HMAC'),
      ],
    },
  ],
}
