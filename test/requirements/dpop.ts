import { ONCE } from './dpop-once.ts'
import { at, type Evidence, type Section, wire } from './requirement.ts'

const PROOF = 'src/verify/dpop/proof.ts'
const NONCE = 'src/verify/dpop/nonce.ts'
const TARGET = 'src/codec/target-uri.ts'

export const DPOP: Section = {
  name: 'DPOP',
  title: 'DPoP proofs (RFC 9449)',
  rows: [
    {
      id: 'DPOP-01',
      clause: 'RFC 9449 §4.3(1)',
      says: 'There is one DPoP field with one proof.',
      check: ['src/codec/field-scan.ts', 'src/decision/decide.ts', PROOF],
      tests: [
        wire('request', 'FIELD_DUPLICATED'),
        at('codec/field-scan', 'tells a second %s apart: it is answered with a challenge', 'dpop'),
        proof('(2) DPOP_MALFORMED: %s', 'two proofs in one field'),
      ],
    },
    {
      id: 'DPOP-02',
      clause: 'RFC 9449 §4.3(2)',
      says: 'It is one well-formed JWT of at most 8 KiB.',
      check: PROOF,
      tests: [
        proof('(2) DPOP_MALFORMED: %s', 'more than 8192 octets'),
        proof('(2) DPOP_MALFORMED: %s', 'padding'),
        wire('proof', 'DPOP_MALFORMED'),
      ],
    },
    {
      id: 'DPOP-03',
      clause: 'RFC 9449 §4.3(3), §4.2',
      says: 'It has typ, alg and jwk, and jti, htm, htu, iat and ath.',
      check: PROOF,
      tests: [
        proof('(3) DPOP_CLAIMS: no %s'),
        proof('(3) DPOP_JWK: %s', 'none'),
        wire('proof', 'DPOP_CLAIMS'),
        wire('proof', 'DPOP_JWK'),
      ],
    },
    {
      id: 'DPOP-04',
      clause: 'RFC 9449 §4.3(4), §11.5',
      says: 'Its type is dpop+jwt, as it is written there.',
      check: PROOF,
      tests: [proof('(4) DPOP_TYP: %j'), wire('proof', 'DPOP_TYP')],
    },
    {
      id: 'DPOP-05',
      clause: 'RFC 9449 §4.3(5), §11.6, FAPI2-SP §5.4.1',
      says: 'Its algorithm is asymmetric and one that the route accepts; RS256 is none.',
      check: PROOF,
      tests: [
        proof('(5) DPOP_ALG: %j', 'RS256'),
        proof('(5) DPOP_ALG: good elsewhere, but not on this route'),
        at('config/tokens', 'nor do proofs take them'),
        wire('proof', 'DPOP_ALG'),
      ],
    },
    {
      id: 'DPOP-06',
      clause: 'RFC 9449 §4.3(6)',
      says: 'Its signature verifies with the key that it carries.',
      check: PROOF,
      tests: [
        proof('(6) DPOP_SIGNATURE: altered claims, another signer, none at all'),
        wire('proof', 'DPOP_SIGNATURE'),
      ],
    },
    {
      id: 'DPOP-07',
      clause: 'RFC 9449 §4.3(7), §4.2',
      says: 'That key has no private part, and one that has is answered and counted under a code of its own.',
      check: [PROOF, 'src/verify/jose/public-key.ts'],
      tests: [
        proof('(7) DPOP_PRIVATE_KEY: jwk has %s'),
        at('verify/jose/public-key', 'hasPrivatePart (RFC 9449 §4.3(7))', 'qi'),
        wire('proof', 'DPOP_PRIVATE_KEY'),
      ],
    },
    {
      id: 'DPOP-08',
      clause: 'RFC 9449 §4.3(8)',
      says: 'The htm of a proof is the method of the request, to the case; HEAD is not GET.',
      check: PROOF,
      tests: [proof('(8) DPOP_HTM: %j for GET', 'HEAD'), wire('proof', 'DPOP_HTM')],
    },
    {
      id: 'DPOP-09',
      clause: 'RFC 9449 §4.3(9)',
      says: 'The htu of a proof is the URI of the request; query and fragment count on neither side.',
      check: [PROOF, TARGET],
      tests: [
        proof('(9) DPOP_HTU: %j'),
        proof('(9) takes query and fragment of htu for nothing'),
        at('decision/scan', 'say what the wire said, once'),
        wire('proof', 'DPOP_HTU'),
      ],
    },
    {
      id: 'DPOP-10',
      clause: 'RFC 9449 §4.3(10), §9, §11.3',
      says: 'Where nonces are required, a proof without a recent one is refused.',
      check: [PROOF, NONCE],
      tests: [
        at('verify/dpop/nonce', 'on a route with nonces %s, saying %o: %s', 'required'),
        at('gateway/nonce', 'a proof without a nonce is answered with one'),
      ],
    },
    {
      id: 'DPOP-11',
      clause: 'RFC 9449 §4.3(11), §11.1',
      says: 'A proof is at most a minute old and ten seconds ahead, by its iat; by its nonce where there is one.',
      check: [PROOF, 'src/config/schema/route.ts'],
      tests: [
        proof('(11) iat %d: %s'),
        at('verify/dpop/nonce', 'on a route with nonces %s, saying %o: %s', 'optional'),
        at(
          'gateway/nonce',
          'where nonces are optional a proof is judged by the nonce it has, else by its time',
        ),
        wire('proof', 'DPOP_IAT'),
      ],
    },
    {
      id: 'DPOP-12',
      clause: 'RFC 9449 §4.3(12), §7',
      says: 'The ath of a proof is the hash of the token that came, and its key the one that the token names.',
      check: PROOF,
      tests: [
        proof('(12) DPOP_ATH: %j'),
        proof('(12) DPOP_JKT: a sound proof of another key'),
        wire('proof', 'DPOP_ATH'),
        wire('proof', 'DPOP_JKT'),
      ],
    },
    {
      id: 'DPOP-13',
      clause: 'RFC 9449 §4.3, RFC 3986 §6.2.2, §6.2.3',
      says: 'URIs are compared in their normal form.',
      check: TARGET,
      tests: [
        at('codec/target-uri', '%s names it', 'HTTPS://API.Bank.Example:443/accounts/7'),
        at('codec/target-uri', 'the htu cases of node-oauth2-jwt-bearer'),
        at('codec/target-uri', 'takes an empty path for the root'),
      ],
    },
    {
      id: 'DPOP-14',
      clause: 'ours',
      says: 'What htu is compared with is the public origin of the configuration, never what fields of the request say.',
      check: 'src/decision/scan.ts',
      tests: [
        at('decision/scan', 'tells several origins apart'),
        at('gateway/fields', 'nobody can pass for the gateway on %s', 'x-forwarded-host'),
      ],
    },
    {
      id: 'DPOP-15',
      clause: 'ours',
      says: 'An htu is an absolute https URI without userinfo, and no lenient parser reads it.',
      check: TARGET,
      tests: [
        at('codec/target-uri', '%j does not', 'https://user@api.bank.example/accounts/7'),
        at('codec/target-uri', '%j does not', 'https://api.bank.example\\\\accounts\\\\7'),
        proof('(9) DPOP_HTU: %j', '/accounts'),
      ],
    },
    {
      id: 'DPOP-16',
      clause: 'RFC 9449 §7.1',
      says: 'A token that is bound to a key needs a proof.',
      check: 'src/decision/possession.ts',
      tests: [
        wire('proof', 'DPOP_ABSENT'),
        at('decision/possession', 'a key: the proof is handed on to be spent'),
      ],
    },
    {
      id: 'DPOP-17',
      clause: 'RFC 9449 §7.2',
      says: 'A token that is bound to a key does not pass as Bearer, nor one bound to a certificate alone as DPoP.',
      check: 'src/decision/possession.ts',
      tests: [
        at(
          'decision/possession',
          'every pairing of confirmation, scheme, senders and the bearer switch',
          'jkt',
        ),
        wire('token', 'TOKEN_SCHEME'),
      ],
    },
    {
      id: 'DPOP-18',
      clause: 'RFC 9449 §6',
      says: 'That a token is bound is told by the token or its issuer, never by the request.',
      check: ['src/decision/possession.ts', 'src/verify/access-token/claims.ts'],
      tests: [
        at('verify/access-token/claims', 'is read from %j'),
        at('decision/possession', '%s under %s', 'none'),
        at('verify/access-token/accept-introspection', 'makes an access token of an answer that holds'),
      ],
    },
    {
      id: 'DPOP-19',
      clause: 'RFC 9449 §6.1',
      says: 'A jkt is a SHA-256 thumbprint in 43 characters.',
      check: 'src/verify/access-token/claims.ts',
      tests: [at('verify/access-token/claims', 'is refused in %j'), wire('token', 'TOKEN_CONFIRMATION')],
      lacks: 'it is compared in plain time: both sides are public, and the proof must verify all the same',
    },
    {
      id: 'DPOP-20',
      clause: 'RFC 9449 §7.1',
      says: 'The challenge names DPoP, the error and the algorithms that are accepted.',
      check: 'src/decision/challenge.ts',
      tests: [at('decision/challenge', 'name the algorithms of a bad proof'), wire('proof', 'DPOP_ALG')],
    },
    ...ONCE,
    {
      id: 'DPOP-30',
      clause: 'RFC 9449 §11.2',
      says: 'Against proofs made ahead of time a route can require nonces, and an issuer short-lived tokens.',
      check: [PROOF, 'src/config/schema/route.ts'],
      tests: [
        at('verify/dpop/nonce', 'on a route with nonces %s, saying %o: %s', 'required'),
        wire('token', 'TOKEN_LIFETIME'),
      ],
    },
    {
      id: 'DPOP-31',
      clause: 'RFC 9449 §11.7, FAPI2-SP §6.2',
      says: 'A route can demand what DPoP does not give: body and fields under a signature.',
      check: ['src/verify/message-signature/verify.ts', 'src/config/schema/signature.ts'],
      tests: [
        at(
          'gateway/message-signature',
          'does not pass where it is altered, and nothing reaches the upstream',
        ),
      ],
    },
    {
      id: 'DPOP-32',
      clause: 'RFC 9449 §4.2',
      says: 'A proof may say more than it must; what is critical is refused, exp and nbf are honoured.',
      check: PROOF,
      tests: [
        proof('may say more than it must (§4.2)'),
        proof('DPOP_CRITICAL: %j'),
        proof('(11) DPOP_IAT: exp and nbf are honoured where they are set'),
        at(
          'gateway/nonce',
          'a nonce is good for no proof that has ended or begins later by what it says itself',
        ),
      ],
    },
    {
      id: 'DPOP-33',
      clause: 'RFC 9449 §5, §10',
      says: 'The token endpoint and pushed authorization requests take proofs.',
      not: 'applicable',
      because: 'It binds authorization servers, and the gateway stands before resource servers.',
    },
  ],
}

function proof(title: string, row: string | null = null): Evidence {
  return at('verify/dpop/proof', title, row)
}
