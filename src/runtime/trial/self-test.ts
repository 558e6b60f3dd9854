import { generateKeyPairSync, hash, type KeyObject, randomUUID } from 'node:crypto'
import { decide } from '../../decision/decide.ts'
import { Evidence } from '../../decision/evidence.ts'
import { compileResource, listenerRules } from '../../decision/resource.ts'
import { scan } from '../../decision/scan.ts'
import type { Snapshot } from '../../decision/snapshot.ts'
import { Admission } from '../../decision/verdict.ts'
import type { UnixSeconds } from '../../domain/check.ts'
import { isDenial } from '../../domain/denial.ts'
import { type Algorithm, algorithms } from '../../verify/jose/algorithms.ts'
import { readJwkSet } from '../../verify/jose/jwk-set.ts'
import { heldKeys } from '../../verify/jose/key-set.ts'
import { readPublicJwk } from '../../verify/jose/public-key.ts'
import { signatureOf } from '../../verify/jose/sign.ts'
import { thumbprint } from '../../verify/jose/thumbprint.ts'
import { type Trial, tryMessageSignatures } from './self-test-signatures.ts'

/** What is tried; a test gives judges that are wrong. */
export interface Judges {
  readonly decide: typeof decide
  readonly tryMessageSignatures: typeof tryMessageSignatures
}

/**
 * Tries at start, before there is an address, that this process on this machine with this OpenSSL refuses what it must refuse and
 * admits what is right (RFC 9421 §7.1.1: that verification is not skipped). With keys and demands of its own, in some
 * milliseconds. Returns how many requests were tried, and with which algorithms; throws a sentence where one came out wrong.
 */
export function selfTest(
  now: UnixSeconds,
  judges: Judges = { decide, tryMessageSignatures },
): { readonly trials: number; readonly algorithms: readonly string[] } {
  const tried = NAMES.flatMap((name) => keysFor(name) ?? [])
  const trials = tried.flatMap((keys) => [
    ...tryTokens(keys, now, judges.decide),
    ...judges.tryMessageSignatures(keys.algorithm, keys.client.privateKey, keys.client.jwk, now),
  ])
  const wrong = trials.filter(({ expected, came }) => came !== expected)
  if (trials.length === 0 || wrong.length > 0)
    throw new Error(
      `the self-test failed, so nothing is served: ${wrong.map(({ what, expected, came }) => `${what}: ${came}, not ${expected}`).join('; ')}`,
    )
  return { trials: trials.length, algorithms: tried.map(({ algorithm }) => algorithm.name) }
}

interface Keys {
  readonly algorithm: Algorithm
  readonly issuer: Pair
  readonly client: Pair
  readonly thief: Pair
}

interface Pair {
  readonly privateKey: KeyObject
  readonly jwk: object
}

/** Undefined where OpenSSL has been told not to have this algorithm: then nothing is accepted by it either. */
function keysFor(name: (typeof NAMES)[number]): Keys | undefined {
  const make = (): Pair => {
    const { privateKey, publicKey } =
      name === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519')
    return { privateKey, jwk: publicKey.export({ format: 'jwk' }) }
  }
  try {
    return { algorithm: algorithms.get(name) as Algorithm, issuer: make(), client: make(), thief: make() }
  } catch {
    return undefined
  }
}

/** What a request shows, where it is not all as it should be. */
interface Shown {
  readonly scheme?: 'DPoP' | 'Bearer'
  readonly token?: object
  readonly tokenKey?: KeyObject
  readonly proof?: object | null
  readonly proofKey?: Pair
  readonly alters?: 'token' | 'proof'
  readonly certificate?: string
}

function tryTokens(keys: Keys, now: UnixSeconds, judge: typeof decide): Trial[] {
  const { algorithm, thief } = keys
  const snapshot = snapshotFor(keys, now)
  const cnf = { 'x5t#S256': hash('sha256', 'a certificate', 'base64url') }
  const bound = { token: { cnf }, scheme: 'Bearer', proof: null } as const
  const cases: readonly (readonly [string, string, Shown])[] = [
    ['a bound token with its proof', ADMITTED, {}],
    ['a token that was altered', 'TOKEN_SIGNATURE', { alters: 'token' }],
    ['a token by a key that is not the issuer’s', 'TOKEN_SIGNATURE', { tokenKey: thief.privateKey }],
    ['a token that is over', 'TOKEN_EXPIRED', { token: { exp: now - 60 } }],
    ['a token for another audience', 'TOKEN_AUDIENCE', { token: { aud: 'https://elsewhere.example' } }],
    ['an unbound token', 'TOKEN_UNBOUND', { scheme: 'Bearer', token: { cnf: undefined }, proof: null }],
    ['a bound token as a bearer token', 'TOKEN_SCHEME', { scheme: 'Bearer', proof: null }],
    ['a bound token without a proof', 'DPOP_ABSENT', { proof: null }],
    ['a proof that was altered', 'DPOP_SIGNATURE', { alters: 'proof' }],
    ['a proof of another key', 'DPOP_JKT', { proofKey: thief }],
    ['a proof for another method', 'DPOP_HTM', { proof: { htm: 'DELETE' } }],
    ['a certificate-bound token with its certificate', ADMITTED, { ...bound, certificate: cnf['x5t#S256'] }],
    ['the same with another certificate', 'MTLS_THUMBPRINT', { ...bound, certificate: 'A'.repeat(43) }],
    ['the same without one', 'MTLS_ABSENT', bound],
  ]
  return cases.map(([what, expected, shown]) => ({
    what: `${what}, ${algorithm.name}`,
    expected,
    came: outcomeOf(shown, keys, snapshot, now, judge),
  }))
}

function outcomeOf(
  shown: Shown,
  keys: Keys,
  snapshot: Snapshot,
  now: UnixSeconds,
  judge: typeof decide,
): string {
  const { certificate } = shown
  const peer = {
    thumbprint: certificate ?? '',
    subject: '',
    attributes: NAMELESS,
    roles: [],
    notBefore: 0,
    notAfter: now + 60,
    mode: 'pki',
  } as const
  const facts = scan(
    {
      ...{ version: '1.1', method: 'GET', target: PATH, authority: null, mayHaveBody: false },
      fields: ['host', HOST, ...credentials(shown, keys, now)],
      peer: certificate === undefined ? null : peer,
      peerRejected: null,
    },
    RULES,
  )
  if (isDenial(facts)) return facts.code
  const verdict = judge(facts, snapshot, new Evidence(), now)
  if (verdict instanceof Admission) return ADMITTED
  return isDenial(verdict) ? verdict.code : 'undecided'
}

/** Flat. */
function credentials(
  { scheme = 'DPoP', token: tokenChanges, tokenKey, proof: proofChanges, proofKey, alters }: Shown,
  { algorithm, issuer, client }: Keys,
  now: UnixSeconds,
): string[] {
  const said = { iss: ISSUER, aud: ORIGIN, sub: 'nobody', client_id: 'self-test', jti: randomUUID() }
  const token = jwt(
    algorithm,
    { typ: 'at+jwt', kid: 'issuer' },
    { ...said, iat: now, exp: now + 60, cnf: { jkt: thumbprintOf(client, algorithm) }, ...tokenChanges },
    tokenKey ?? issuer.privateKey,
    alters === 'token',
  )
  const authorization = ['authorization', `${scheme} ${token}`]
  if (proofChanges === null) return authorization
  const { jwk, privateKey } = proofKey ?? client
  const ath = hash('sha256', token, 'base64url')
  const claims = { jti: randomUUID(), iat: now, htm: 'GET', htu: ORIGIN + PATH, ath, ...proofChanges }
  return [
    ...authorization,
    'dpop',
    jwt(algorithm, { typ: 'dpop+jwt', jwk }, claims, privateKey, alters === 'proof'),
  ]
}

function jwt(
  algorithm: Algorithm,
  header: object,
  claims: object,
  key: KeyObject,
  isAltered: boolean,
): string {
  const parts = [{ ...header, alg: algorithm.name }, claims]
  const input = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  const signature = signatureOf(algorithm, key, Buffer.from(input, 'latin1'))
  if (isAltered) signature[0] = (signature[0] as number) ^ 1
  return `${input}.${signature.toString('base64url')}`
}

function snapshotFor({ issuer, algorithm }: Keys, now: UnixSeconds): Snapshot {
  const set = { keys: [{ ...issuer.jwk, kid: 'issuer', alg: algorithm.name, use: 'sig' }] }
  const keys = readJwkSet(set) ?? []
  return compileResource({
    issuers: [{ issuer: ISSUER, audience: [ORIGIN], keys: heldKeys(keys) }],
    routes: [{ path: PATH, sender: ['dpop', 'mtls'] }],
    // Long ago: no nonce is asked for because of a start.
    since: now - 86_400,
    nonceSecrets: [randomUUID()],
  })
}

function thumbprintOf({ jwk }: Pair, algorithm: Algorithm): string | undefined {
  const read = readPublicJwk(jwk, algorithm)
  return read === undefined ? undefined : thumbprint(read)
}

const NAMES = ['ES256', 'Ed25519'] as const
const ADMITTED = 'admitted'
const HOST = 'self-test.example'
const ORIGIN = `https://${HOST}`
const ISSUER = 'https://issuer.self-test.example'
const PATH = '/tried'
const RULES = listenerRules([ORIGIN])
const NAMELESS: ReadonlyMap<string, readonly string[]> = new Map()
