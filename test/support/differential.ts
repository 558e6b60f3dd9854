import {
  calculateJwkThumbprint,
  createLocalJWKSet,
  EmbeddedJWK,
  type JSONWebKeySet,
  type JWK,
  jwtVerify,
} from 'jose'
import { sameTarget } from '../../src/codec/target-uri.ts'
import { verifyAccessToken } from '../../src/verify/access-token/verify-jwt.ts'
import { checkProof } from '../../src/verify/dpop/proof.ts'
import { NOW } from './clock.ts'
import { signatureOf } from './jws.ts'
import { type AlgorithmName, aKey, published, type SigningKey, verificationKeys } from './keys.ts'
import { anyJwt, type Change, type Draft, type Mutant, mutate, set } from './mutations.ts'
import { outcome } from './outcome.ts'
import { dpopRules, proofClaims, proofHeader } from './proof.ts'
import { aRequest } from './request.ts'
import type { Seeded } from './seeded.ts'
import {
  AUDIENCE,
  aTrust,
  FAPI,
  ISSUER,
  keySource,
  presented,
  THUMBPRINT,
  tokenClaims,
  tokenHeader,
} from './token.ts'

/** Two judges of one kind of JWT, bound to the same rules, and mutants to judge. */
export interface Trial {
  readonly mutant: (random: Seeded) => Mutant
  /** Our answer: the code of a denial, or `accepted`. */
  readonly ours: (text: string) => string
  /** Whether jose accepts. */
  readonly theirs: (text: string) => Promise<boolean>
}

const KEYS: readonly AlgorithmName[] = ['ES256', 'ES256', 'ES256', 'Ed25519', 'Ed25519', 'PS256']

/** Access tokens: no leeway, and any age, for jose has one leeway for all and asks for an age. */
export function tokenTrial(): Trial {
  const keys = ['ES256', 'Ed25519', 'PS256'].map((alg) => aKey(alg as AlgorithmName, 'issuer'))
  const trust = aTrust({ clockSkew: 0, keys: keySource(verificationKeys(...keys)) })
  const jwks = createLocalJWKSet(published(...keys) as JSONWebKeySet)
  const options = {
    algorithms: [...FAPI.keys()],
    typ: 'at+jwt',
    issuer: ISSUER,
    audience: AUDIENCE,
    currentDate: new Date(NOW * 1000),
    maxTokenAge: Number.MAX_SAFE_INTEGER,
    requiredClaims: ['iss', 'sub', 'aud', 'exp', 'iat', 'jti', 'client_id'],
  }
  return {
    mutant: (random) => {
      const key = aKey(random.pick(KEYS), 'issuer')
      return mutate(
        aDraft({ ...tokenHeader(key) }, { ...tokenClaims() }, key),
        [...anyJwt, ...ofTokens],
        random,
      )
    },
    ours: (text) => outcome(verifyAccessToken(presented(text), [trust], new Map(), NOW)),
    theirs: (text) =>
      jwtVerify(text, jwks, options).then(
        () => true,
        () => false,
      ),
  }
}

/** DPoP proofs: what RFC 9449 §4.3 adds to a JWT is asked on both sides. */
export function proofTrial(): Trial {
  const token = 'a.verified.token'
  const { hash } = presented(token)
  const request = aRequest()
  const jkts = new Set(KEYS.map((alg) => aKey(alg, 'client').jkt))
  const { iat: _, ...claims } = proofClaims(token)
  const options = {
    algorithms: [...FAPI.keys()],
    typ: 'dpop+jwt',
    currentDate: new Date(NOW * 1000),
    // jose adds its leeway to the age: together the 60 seconds of our rules.
    clockTolerance: 10,
    maxTokenAge: 50,
    requiredClaims: ['jti', 'htm', 'htu', 'iat', 'ath'],
  }
  return {
    mutant: (random) => {
      const key = aKey(random.pick(KEYS), 'client')
      return mutate(
        aDraft({ ...proofHeader(key) }, { ...claims, iat: NOW }, key),
        [...anyJwt, ...ofProofs],
        random,
      )
    },
    ours: (text) => {
      // Any of the keys may have been bound; the order of the checks makes all but the right one DPOP_JKT.
      const answers = [...jkts].map((jkt) =>
        outcome(checkProof(text, { hash, jkt }, request, dpopRules(), NOW)),
      )
      return answers.find((answer) => answer !== 'DPOP_JKT') ?? 'DPOP_JKT'
    },
    theirs: async (text) => {
      try {
        const { payload, protectedHeader } = await jwtVerify(text, EmbeddedJWK, options)
        const jkt = await calculateJwkThumbprint(protectedHeader.jwk as JWK)
        const { jti, htm, htu, ath } = payload
        const isForThis =
          htm === 'GET' && ath === hash && typeof htu === 'string' && sameTarget(htu, request.targetUri)
        return isForThis && jkts.has(jkt) && typeof jti === 'string' && jti !== ''
      } catch {
        return false
      }
    },
  }
}

function aDraft(header: Draft['header'], claims: Draft['claims'], key: SigningKey): Draft {
  return { header, claims, headerOctets: null, claimsOctets: null, key, sign: signatureOf }
}

const ofTokens: readonly Change[] = [
  ({ header }, random) =>
    set(
      header,
      'kid',
      random.pick(['ES256-issuer', 'PS256-issuer', 'unknown', '', null, 7, 'k'.repeat(2000)]),
    ),
  ({ header }) => set(header, 'jwk', aKey('ES256', 'thief').jwk),
  ({ claims }, random) => set(claims, 'iss', random.pick([`${ISSUER}/`, [ISSUER], null, ''])),
  ({ claims }, random) =>
    set(
      claims,
      'aud',
      random.pick([[AUDIENCE], ['x', AUDIENCE], [AUDIENCE, 7], [], `${AUDIENCE}/`, null, { 0: AUDIENCE }]),
    ),
  ({ claims }, random) =>
    set(claims, random.pick(['sub', 'jti', 'client_id']), random.pick(['', 7, null, ['a'], 'other'])),
  ({ claims }, random) =>
    set(
      claims,
      'cnf',
      random.pick([null, {}, 'x', { jkt: 'short' }, { jkt: THUMBPRINT, kid: 'k' }, { 'x5t#S256': 7 }]),
    ),
  ({ claims }, random) => set(claims, 'scope', random.pick(['', ['a'], null, 7])),
]

const ofProofs: readonly Change[] = [
  ({ header, key }, random) => {
    const [name, value] = random.pick<readonly [string, unknown]>([
      ['d', 'AA'],
      ['k', 'AA'],
      ['oth', []],
      ['use', 'enc'],
      ['use', 'sig'],
      ['alg', 'ES384'],
      ['alg', key.alg],
      ['key_ops', ['sign']],
      ['key_ops', ['verify']],
      ['kty', 'oct'],
      ['crv', 'P-384'],
      ['x', key.jwk['y']],
      ['y', 'AA'],
      ['x', `${key.jwk['x']}=`],
      ['kid', 'k'],
      ['e', 'AQ'],
      ['n', 'AQAB'],
    ])
    return set(header, 'jwk', { ...key.jwk, [name]: value })
  },
  ({ header }, random) =>
    set(
      header,
      'jwk',
      random.pick([
        null,
        'key',
        [],
        {},
        aKey('ES384').jwk,
        aKey('ES256', 'thief').jwk,
        aKey('PS256', 'client').jwk,
      ]),
    ),
  (draft) => {
    const thief = aKey('ES256', 'thief')
    Object.assign(draft, { key: thief, header: { ...proofHeader(thief) } })
    return 'a sound proof of a thief'
  },
  ({ claims }, random) => set(claims, 'htm', random.pick(['POST', 'get', '', null, ['GET']])),
  ({ claims }, random) =>
    set(
      claims,
      'htu',
      random.pick([
        'https://api.bank.example/accounts?a#b',
        'HTTPS://API.bank.example:443/%61ccounts',
        'https://evil.example/accounts',
        '',
        null,
        ['https://api.bank.example/accounts'],
      ]),
    ),
  ({ claims }, random) => set(claims, 'ath', random.pick([THUMBPRINT, '', null, 7])),
  ({ claims }, random) => set(claims, 'jti', random.pick(['', 7, null, 'x'.repeat(300), 'x'.repeat(9000)])),
]
