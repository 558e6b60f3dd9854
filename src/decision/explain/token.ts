import { parseCompactJweHeader } from '../../codec/compact-jwe.ts'
import type { JsonObject } from '../../codec/json.ts'
import type { UnixSeconds } from '../../domain/check.ts'
import type { Presented } from '../../verify/access-token/extract.ts'
import { type IssuerTrust, isIssuer } from '../../verify/access-token/issuer-trust.ts'
import { isNumericDate } from '../../verify/jose/numeric-date.ts'
import { readStatusReference } from '../../verify/status-list/reference.ts'
import type { Evidence } from '../evidence.ts'
import type { Judged } from './explain.ts'
import { moment } from './shown.ts'
import type { Comparison } from './steps.ts'

/** The checks of a JWT access token, or those of what its authorization server said of it. */
export function* compareToken({ evidence, now }: Judged): Iterable<Comparison> {
  const { presented, route, token } = evidence
  if (presented === null || route === null || route.demands === null) return
  const { issuers } = route.demands
  const answer = answerTo(presented, evidence, issuers, now)
  const said = saidOf(presented, token?.claims ?? answer)
  const trusts = token === null ? trustsOf(issuers, said.claims) : [token.trust]
  const wasAsked = token === null ? isAskedAbout(said, answer, trusts) : token.key === null
  if (wasAsked) yield* compareAnswer(presented, answer ?? token?.claims ?? null)
  else yield* compareHead(said, issuers, trusts)
  yield* compareClaims(said.claims, trusts, now, wasAsked)
  if (!wasAsked) yield* compareSigner(said, trusts)
  else {
    const came = said.claims['token_type']
    yield {
      codes: ['TOKEN_BINDING'],
      what: 'token_type',
      came,
      wanted: 'DPoP with cnf.jkt, and with that alone',
    }
  }
}

/** What the authorization server said of the token, because of this request or of one before. */
function answerTo(
  { hash }: Presented,
  { introspection }: Evidence,
  issuers: readonly IssuerTrust[],
  now: UnixSeconds,
): JsonObject | null {
  if (introspection !== null) return introspection.members
  for (const { introspection: source } of issuers) {
    const answer = source?.recall(hash, now)
    if (answer !== undefined) return answer.members
  }
  return null
}

function isAskedAbout({ kind }: Said, answer: JsonObject | null, trusts: readonly IssuerTrust[]): boolean {
  return answer !== null || (kind !== 'jwe' && trusts.some(({ introspection }) => introspection !== null))
}

export function* compareRevocation({ evidence }: Judged): Iterable<Comparison> {
  const { token } = evidence
  if (token === null) return
  yield {
    codes: ['TOKEN_REVOKED'],
    what: 'hash of the token',
    came: token.hash,
    wanted: 'not revoked by an operator',
  }
  const status = readStatusReference(token.claims['status'])
  yield {
    codes: [
      'TOKEN_STATUS_ABSENT',
      'TOKEN_STATUS_MALFORMED',
      'TOKEN_STATUS_ORIGIN',
      'TOKEN_STATUS_UNAVAILABLE',
      'TOKEN_STATUS_INVALID',
    ],
    what: 'status list',
    came:
      status === undefined ? token.claims['status'] && 'malformed' : `entry ${status.index} of ${status.uri}`,
    wanted: token.trust.status === null ? 'not looked at' : 'valid, where the token has a status',
  }
}

interface Said {
  readonly kind: 'jwt' | 'jwe' | 'opaque'
  readonly header: JsonObject
  readonly claims: JsonObject
}

/** What the token says, or what was said of it, without a look at whether it is true. */
function saidOf({ token, jwt }: Presented, proved: JsonObject | null): Said {
  const encrypted = parseCompactJweHeader(token)
  if (encrypted !== undefined) return { kind: 'jwe', header: {}, claims: proved ?? {} }
  return {
    kind: jwt === undefined ? 'opaque' : 'jwt',
    header: jwt?.header ?? {},
    claims: proved ?? jwt?.claims ?? {},
  }
}

/** Those of the route that the token may be from; all of them where it is from none. */
function trustsOf(issuers: readonly IssuerTrust[], { iss }: JsonObject): readonly IssuerTrust[] {
  const named = issuers.filter((each) => isIssuer(each, iss))
  return named.length === 0 ? issuers : named
}

function* compareHead(
  { kind, header, claims }: Said,
  issuers: readonly IssuerTrust[],
  trusts: readonly IssuerTrust[],
): Iterable<Comparison> {
  const hidden = kind === 'jwe' ? 'encrypted, not shown' : null
  yield {
    codes: ['TOKEN_ENCRYPTION', 'TOKEN_DECRYPTION', 'TOKEN_DECRYPTION_UNAVAILABLE'],
    what: 'encryption',
    came: kind === 'jwe' ? 'encrypted' : 'none',
    wanted: trusts.some(({ opener }) => opener !== null) ? 'for a key of ours, or none' : 'none',
  }
  yield { codes: ['TOKEN_NOT_JWT'], what: 'form', came: KINDS[kind], wanted: 'a signed JWT' }
  yield { codes: ['TOKEN_CRITICAL'], what: 'crit', came: hidden ?? header['crit'], wanted: 'absent' }
  yield {
    codes: ['TOKEN_ISSUER'],
    what: 'iss',
    came: claims['iss'] ?? hidden,
    wanted: issuers.map(({ issuer }) => issuer).join(' or '),
  }
  yield {
    codes: ['TOKEN_UNENCRYPTED'],
    what: 'encrypted by its issuer',
    came: kind === 'jwe' ? 'yes' : 'no',
    wanted: trusts.every(({ encrypts }) => encrypts) ? 'yes' : 'yes or no',
  }
  yield {
    codes: ['TOKEN_TYPE'],
    what: 'typ',
    came: hidden ?? header['typ'],
    wanted: union(trusts, ({ dialect }) => dialect.types),
  }
  yield {
    codes: ['TOKEN_ALGORITHM'],
    what: 'alg',
    came: hidden ?? header['alg'],
    wanted: union(trusts, ({ algorithms }) => algorithms.keys()),
  }
  yield {
    codes: ['TOKEN_TENANT'],
    what: 'tid',
    came: claims['tid'],
    wanted: OF_ISS,
  }
}

function* compareAnswer({ token }: Presented, answer: JsonObject | null): Iterable<Comparison> {
  yield {
    codes: ['TOKEN_TOO_SHORT'],
    what: 'length',
    came: `${token.length} characters`,
    wanted: 'at least 22 characters',
  }
  yield {
    codes: ['TOKEN_INTROSPECTION_UNAVAILABLE'],
    what: 'answer of the authorization server',
    came: answer === null ? 'none' : 'one',
    wanted: 'one that can be relied on',
  }
  yield { codes: ['TOKEN_INACTIVE'], what: 'active', came: answer?.['active'], wanted: 'true' }
  yield {
    codes: ['TOKEN_ISSUER'],
    what: 'iss',
    came: answer?.['iss'],
    wanted: 'the issuer that was asked, or absent',
  }
  if (answer?.['tid'] === undefined) return
  yield { codes: ['TOKEN_TENANT'], what: 'tid', came: answer['tid'], wanted: OF_ISS }
}

function* compareClaims(
  claims: JsonObject,
  trusts: readonly IssuerTrust[],
  now: UnixSeconds,
  wasAsked: boolean,
): Iterable<Comparison> {
  const required = union(trusts, ({ dialect }) => dialect.required)
  const named = ['iss', 'sub', 'aud', 'exp', 'iat', 'jti', 'client_id'].filter(
    (name) => claims[name] !== undefined,
  )
  yield {
    codes: ['TOKEN_KIND', 'TOKEN_CLAIMS'],
    what: 'claims',
    came:
      named.map((name) => `${name}${typeFault(name, claims[name])}`).join(' ') || 'none that is looked for',
    wanted: wasAsked ? 'each of its type, where it is there' : `iss aud exp ${required}, and a client id`,
  }
  yield {
    codes: ['TOKEN_CONFIRMATION'],
    what: 'cnf',
    came: membersShown(claims['cnf']),
    wanted: 'well-formed',
  }
  yield {
    codes: ['TOKEN_AUDIENCE'],
    what: 'aud',
    came: claims['aud'],
    wanted: union(trusts, ({ audience }) => audience),
  }
  yield { codes: ['TOKEN_EXPIRED'], what: 'exp', came: moment(claims['exp'], now), wanted: `after ${now}` }
  const skew = Math.max(0, ...trusts.map(({ clockSkew }) => clockSkew))
  yield {
    codes: ['TOKEN_NOT_YET'],
    what: 'nbf, iat',
    came: [claims['nbf'], claims['iat']].map((each) => moment(each, now) ?? 'absent').join(', '),
    wanted: `at most ${skew} s ahead`,
  }
  const lifetimes = trusts.map(({ maxLifetime }) => maxLifetime).filter((each) => each !== null)
  yield {
    codes: ['TOKEN_LIFETIME'],
    what: 'exp - iat',
    came: Number(claims['exp']) - Number(claims['iat'] ?? claims['nbf']) || 'cannot be told',
    wanted: lifetimes.length === 0 ? 'any' : `at most ${Math.max(...lifetimes)} s`,
  }
}

function* compareSigner({ header }: Said, trusts: readonly IssuerTrust[]): Iterable<Comparison> {
  yield {
    codes: ['TOKEN_KEY_UNKNOWN', 'TOKEN_KEYS_UNAVAILABLE'],
    what: 'kid',
    came: header['kid'],
    wanted: namesOf(trusts),
  }
  yield {
    codes: ['TOKEN_SIGNATURE'],
    what: 'signature',
    came: 'not shown',
    wanted: `verifies with a key of ${trusts.map(({ name }) => name).join(' or ')}`,
  }
}

/** Its members, or of what type it is, where that can have none. */
function membersShown(value: unknown): string | undefined {
  if (value === undefined) return undefined
  return typeOf(value) === 'object' ? Object.keys(Object(value)).join(' ') || 'no member' : typeOf(value)
}

/** Of what type it is, where that is not the one of RFC 7519 §4.1 and RFC 8693 §4.3. */
function typeFault(name: string, value: unknown): string {
  if (value === '') return ' (empty)'
  const wanted = NUMBERS.has(name) ? ['number'] : name === 'aud' ? ['text', 'list'] : ['text']
  const type = typeOf(value)
  if (type === 'number' && NUMBERS.has(name)) return isNumericDate(value) ? '' : ' (no time in seconds)'
  return wanted.includes(type) ? '' : ` (${type})`
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'list'
  return typeof value === 'string' ? 'text' : typeof value
}

/** Some are enough to see that it is none of them. */
function namesOf(trusts: readonly IssuerTrust[]): string {
  const names = trusts.flatMap(({ keys }) =>
    keys.candidates(null).map(({ kid }) => kid ?? 'one without a name'),
  )
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : ''
  return names.length === 0 ? 'none is known' : `one of ${names.slice(0, SHOWN).join(' ')}${more}`
}

function union(trusts: readonly IssuerTrust[], of: (trust: IssuerTrust) => Iterable<string>): string {
  return [...new Set(trusts.flatMap((trust) => [...of(trust)]))].join(' ')
}

const NUMBERS: ReadonlySet<string> = new Set(['exp', 'iat', 'nbf'])
/** Names of keys. */
const SHOWN = 10
const KINDS = { jwt: 'a signed JWT', jwe: 'an encrypted JWT', opaque: 'no JWT' } as const
const OF_ISS = 'the tenant of iss, where it has tenants'
