import { compileCors } from './compile-cors.ts'
import { signsAnswers } from './compile-signature.ts'
import { departures } from './departures.ts'
import type { Document, PolicyDocument, RequireDocument } from './document.ts'
import { givesWay } from './gives-way.ts'
import { unregistered } from './methods.ts'
import { type Notice, type Path, pathText } from './problem.ts'
import { type Bind, isLoopback } from './schema/network.ts'
import { unfilled } from './unfilled.ts'

/**
 * What an operator should know before traffic flows, rules weakened on purpose, what answers or publishes less than one would think,
 * and what may be misspelt.
 */
export function notices(document: Document): readonly Notice[] {
  return [
    ...dangers(document, []),
    ...unenforced(document),
    ...watching(document),
    ...unsendable(document),
    ...departures(document),
    ...undemanding(document),
    ...unlinked(document),
    ...confusable(document),
    ...givesWay(document),
    ...unpublished(document),
    ...publishingNone(document),
    ...unregistered(document),
    ...literal(document),
    ...commaed(document),
    ...unfilled(document),
    ...locating(document),
  ]
}

/** The paths of what weakens a rule: `danger_` keys in use, and what is not enforced. For the metrics. */
export function dangerKeys(document: Document): readonly string[] {
  return [...dangers(document, []), ...unenforced(document)].map(({ path }) => pathText(path))
}

/** Every `danger_` key that is true, wherever it stands, unless what it weakens only watches. */
function* dangers(value: unknown, path: Path): Iterable<Notice> {
  if (typeof value !== 'object' || value === null || isWatched(value, path)) return
  for (const [key, child] of Object.entries(value)) {
    const here = [...path, Array.isArray(value) ? Number(key) : key]
    if (child === true && key.startsWith('danger_') && !isIdle(key, value))
      yield { path: here, says: DANGERS[key] ?? 'a rule is weakened' }
    else yield* dangers(child, here)
  }
}

/** Whether it allows what is not done. */
function isIdle(key: string, { url, socket_path: socket, bind }: Placed): boolean {
  if (key === 'danger_public_bind') return isLoopback(bind?.host ?? '')
  if (key !== 'danger_plaintext' || url === undefined) return false
  return /^(?:https|rediss):/.test(url) || socket !== undefined || isLoopback(new URL(url).hostname)
}

interface Placed {
  readonly url?: string
  readonly socket_path?: string
  readonly bind?: Bind
}

/** Under `shadow` of a route, or in a policy that says so of itself. */
function isWatched(value: object, [table, , , key]: Path): boolean {
  if (table === 'routes') return key === 'shadow'
  return table === 'policies' && 'enforce' in value && value.enforce === 'shadow'
}

/** Routes on which a token need not have been issued for what is asked (FAPI2-SP §5.3.4(4)). */
function* undemanding({ policies, routes }: Document): Iterable<Notice> {
  for (const [index, { require, enforce }] of routes.entries()) {
    if (require === undefined || enforce === 'shadow') continue
    const named = require.policy
      .map((name) => policies[name])
      .filter((policy) => policy?.enforce !== 'shadow')
    if ([require, ...named].some((each) => each !== undefined && saysWhatFor(each))) continue
    const says = `any token of ${require.issuer.join(' or ')} is enough, whatever it was issued for: no scope, claim, authorization detail, condition or consent is asked for`
    yield { path: ['routes', index, 'require'], says }
  }
}

function saysWhatFor(demands: RequireDocument | PolicyDocument): boolean {
  const { scope, claims, authorization_details: details, condition, scope_any: any, consent } = demands
  const lists = [scope, Object.keys(claims), details, condition]
  return any !== undefined || consent !== undefined || lists.some(({ length }) => length > 0)
}

/** Consents of which the token says nothing, neither which one nor whose. */
function* unlinked({ consents }: Document): Iterable<Notice> {
  for (const [name, { id, members }] of Object.entries(consents)) {
    if (id.header === undefined || Object.keys(id).length > 1 || members.subject !== undefined) continue
    const says =
      'a client may name the consent of one customer and use the token of another; `members.subject` compares them'
    yield { path: ['consents', name, 'id', 'header'], says }
  }
}

/** Consents of a route that takes tokens of several issuers: what they call their clients is unique for each of them alone (RFC 6749 §2.2). */
function* confusable({ issuers, routes }: Document): Iterable<Notice> {
  for (const [index, { require, enforce }] of routes.entries()) {
    if (require?.consent === undefined || enforce === 'shadow') continue
    const several = new Set(require.issuer.map((name) => issuers[name]?.issuer))
    const says =
      'a consent says of which client it is, and not of which issuer: two issuers may call different clients the same'
    if (several.size > 1) yield { path: ['routes', index, 'require', 'consent'], says }
  }
}

/** Segments that many other routers take for a parameter. */
function* literal({ routes }: Document): Iterable<Notice> {
  for (const [index, { path }] of routes.entries()) {
    const name = /\/:(\w+)(?:\/|$)/.exec(path)?.[1]
    const says = `\`:${name}\` is compared as it is written; \`{${name}}\` stands for any segment`
    if (name !== undefined) yield { path: ['routes', index, 'path'], says }
  }
}

/** Issuers that are where their metadata is: no token says so of its own. */
function* locating({ issuers }: Document): Iterable<Notice> {
  for (const [name, { issuer }] of Object.entries(issuers)) {
    const says =
      'that is where metadata is; the issuer, as tokens have it in `iss`, is named there, and another place of it is `metadata_url`'
    if (issuer.includes('/.well-known/')) yield { path: ['issuers', name, 'issuer'], says }
  }
}

/** Scopes that look like several in one text: a comma may be in a scope, and separates none (RFC 6749 §3.3). */
function* commaed({ policies, routes }: Document): Iterable<Notice> {
  const all: readonly (readonly [Path, PolicyDocument | RequireDocument | undefined])[] = [
    ...Object.entries(policies).map(([name, policy]) => [['policies', name], policy] as const),
    ...routes.map(({ require }, at) => [['routes', at, 'require'], require] as const),
  ]
  for (const [above, demands] of all)
    for (const key of ['scope', 'scope_any'] as const)
      for (const scope of (demands?.[key] ?? []).filter((each) => each.includes(','))) {
        const says = `\`${scope}\` is one scope; several are a list, [${scope.split(',').join(', ')}]`
        yield { path: [...above, key], says }
      }
}

/** Answers are signed, and their clients are on their own to find out by which keys. */
function* unpublished(document: Document): Iterable<Notice> {
  const { listeners, routes } = document
  if (listeners.some(({ jwks_path: path }) => path !== undefined)) return
  const at = routes.findIndex((route) => signsAnswers(route, document))
  const says = 'answers are signed, and no listener publishes the keys: `jwks_path`'
  if (at >= 0) yield { path: ['routes', at, 'require', 'signature'], says }
}

/** Clients are told where keys are, and find none. */
function* publishingNone({ listeners, signing }: Document): Iterable<Notice> {
  if (signing.length > 0) return
  for (const [index, { jwks_path: path }] of listeners.entries())
    if (path !== undefined)
      yield { path: ['listeners', index, 'jwks_path'], says: 'there are no keys to publish: `signing`' }
}

/** Routes and policies whose rules only watch. */
function* unenforced({ policies, routes }: Document): Iterable<Notice> {
  for (const [name, { enforce }] of Object.entries(policies))
    if (enforce === 'shadow') yield { path: ['policies', name, 'enforce'], says: WATCHES }
  for (const [index, { enforce }] of routes.entries())
    if (enforce === 'shadow')
      yield { path: ['routes', index, 'enforce'], says: `nothing of \`require\` is enforced; ${WATCHES}` }
}

/** Rules that watch beside those that are enforced. Where the whole route watches it is judged as one, without them. */
function* watching({ policies, routes }: Document): Iterable<Notice> {
  for (const [index, { require, enforce, evidence }] of routes.entries()) {
    const isWhole = enforce === 'shadow'
    for (const key of Object.keys(require?.shadow ?? {}))
      yield { path: ['routes', index, 'require', 'shadow', key], says: isWhole ? IDLE : WATCHES }
    if (!isWhole) continue
    for (const [at, name] of require?.policy.entries() ?? [])
      if (policies[name]?.enforce === 'shadow')
        yield { path: ['routes', index, 'require', 'policy', at], says: IDLE }
    if (evidence !== 'off') yield { path: ['routes', index, 'evidence'], says: UNPROVED }
  }
}

/** Scripts are welcome, and their browsers may not send what every request must have. */
function* unsendable({ consents, routes }: Document): Iterable<Notice> {
  for (const [index, { cors, require, enforce, required_headers: headers }] of routes.entries()) {
    const sendable = compileCors(cors)?.allowedFields.toLowerCase().split(', ')
    if (sendable === undefined) continue
    const service = enforce === 'shadow' ? undefined : require?.consent?.service
    const named = service === undefined ? undefined : consents[service]?.id.header
    for (const name of [...Object.keys(headers), ...(named === undefined ? [] : [named])]) {
      const lower = name.toLowerCase()
      if (sendable.includes(lower) || UNASKED.has(lower)) continue
      const says = `scripts may not send ${name}, without which a request is refused: \`allow_headers\``
      yield { path: ['routes', index, 'cors'], says }
    }
  }
}

const WATCHES = 'it only watches: what it would refuse is written down, and passes'
const IDLE = 'it says nothing: `enforce: shadow` has the rest of the route watch as one, without it'
const UNPROVED =
  'what is kept says neither who asked nor what they signed, and has no bodies: the route only watches'
/** What browsers send of their own, or scripts without being allowed to (FETCH §2.2.2). */
const UNASKED: ReadonlySet<string> = new Set([
  ...['accept', 'accept-language', 'content-language'],
  ...['accept-encoding', 'host', 'origin', 'referer', 'user-agent'],
])
const DANGERS: Record<string, string> = {
  danger_accept_bearer: 'access tokens without `cnf` are accepted; whoever steals one can use it',
  danger_allow_unavailable: 'tokens pass while their status list cannot be had, revoked ones too',
  danger_continue_without: 'requests pass while their evidence cannot be kept',
  danger_ignore_status: 'the status of tokens is not looked at, so revoked ones pass until they expire',
  danger_plaintext: 'what is sent there leaves this machine without TLS',
  danger_public: 'no credential is asked for on this route',
  danger_public_bind:
    'the admin address is not loopback; whoever reaches it reads the metrics and revokes tokens',
  danger_rsa_v1_5: 'signatures with RSASSA-PKCS1-v1_5 are accepted, which FAPI 2.0 does not have',
  danger_trust_before_start:
    'a proof that was spent before the start is accepted once more while it is fresh',
}
