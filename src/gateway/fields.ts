import { combinedValue, connectionOptions, fieldValue } from '../codec/field-scan.ts'
import { LONGEST_KEPT } from '../codec/head.ts'
import type { RequestFacts } from '../domain/request-facts.ts'
import { HOP_BY_HOP, isTrustedField } from '../domain/trusted-fields.ts'
import { scopeText } from '../verify/access-token/scope-sets.ts'
import type { AccessToken } from '../verify/access-token/token.ts'
import { INTERACTION_ID } from './exchange.ts'

/** What the upstream is told besides what the client said. */
export interface UpstreamFields {
  readonly facts: RequestFacts
  readonly token: AccessToken | null
  /** The same under our signature, instead of fields. */
  readonly txnToken: string | null
  /** Flat; null where the upstream is not told, or there is nothing to tell. */
  readonly clientCert: readonly string[] | null
  readonly forwardsToken: boolean
  readonly interactionId: string
  readonly remoteAddress: string
  readonly upstreamAuthority: string
  readonly protocol: string
  readonly pseudonym: string
}

/**
 * The fields of the request as the upstream gets it: what belongs to one hop is gone (RFC 9110 §7.6.1), and what an
 * upstream would believe is what we wrote, never what came. Proof and token stay here unless the route says otherwise.
 */
export function upstreamFields(given: UpstreamFields): string[] {
  const { facts, token } = given
  const fields = ['host', given.upstreamAuthority]
  const dropped = namedByConnection(facts.fields)
  const cookies: string[] = []
  for (let at = 0; at < facts.fields.length; at += 2) {
    const name = facts.fields[at] as string
    const fate = fateOf(name, REQUEST_FATES, requestFate)
    if (fate === 'drop' || dropped?.has(name.toLowerCase())) continue
    if (fate === 'credential' && !(given.forwardsToken && name.toLowerCase() === 'authorization')) continue
    if (fate === 'hops' && facts.method === 'OPTIONS') {
      const hops = hopsLeft(facts)
      if (hops !== null) fields.push(name, String(hops - 1))
      continue
    }
    if (fate === 'cookie') cookies.push(facts.fields[at + 1] as string)
    else fields.push(name, facts.fields[at + 1] as string)
  }
  // RFC 9113 §8.2.3: HTTP/2 may split what HTTP/1.1 must have in one field.
  if (cookies.length > 0) fields.push('cookie', cookies.join('; '))
  fields.push(
    INTERACTION_ID,
    given.interactionId,
    'forwarded',
    `for=${nodeName(given.remoteAddress)};host="${facts.authority}";proto=https`,
    'x-forwarded-for',
    given.remoteAddress,
    'x-forwarded-host',
    facts.authority,
    'x-forwarded-proto',
    'https',
    'via',
    viaOf(facts.via, `${given.protocol} ${given.pseudonym}`),
  )
  if (given.txnToken !== null) fields.push('txn-token', given.txnToken)
  else if (token !== null) addIdentity(fields, token)
  if (given.clientCert !== null) fields.push(...given.clientCert)
  return fields
}

/** RFC 9110 §7.6.3: we add ourselves to who came before; of an overlong list the oldest are left out. */
function viaOf(before: string | null, self: string): string {
  if (before === null) return self
  if (before.length <= VIA_AT_MOST) return `${before}, ${self}`
  const from = before.indexOf(',', before.length - VIA_AT_MOST)
  return from < 0 ? self : `${before.slice(from + 1).trim()}, ${self}`
}

/** The verified identity, each field by its own name, present only where it was proved. */
function addIdentity(fields: string[], token: AccessToken): void {
  if (token.clientId !== null) fields.push('holdfast-client-id', visible(token.clientId))
  if (token.subject !== null) fields.push('holdfast-subject', visible(token.subject))
  if (token.grant !== null) fields.push('holdfast-grant', token.grant)
  fields.push('holdfast-issuer', visible(token.issuer))
  fields.push('holdfast-scope', visibleScopes(token.scopes))
  if (token.jkt !== null) fields.push('holdfast-jkt', token.jkt)
  if (token.x5t !== null) fields.push('holdfast-x5t-s256', token.x5t)
}

/** Tokens that are remembered share sets of scopes, so a text of each is made once. */
function visibleScopes(scopes: ReadonlySet<string>): string {
  const known = SCOPE_TEXTS.get(scopes)
  if (known !== undefined) return known
  const text = visible(scopeText(scopes))
  SCOPE_TEXTS.set(scopes, text)
  return text
}

/** RFC 9110 §7.6.2: how many more may forward an OPTIONS request; null where it does not say, or what is no one number. */
export function hopsLeft({ method, fields }: RequestFacts): number | null {
  if (method !== 'OPTIONS') return null
  const hops = combinedValue(fields, 'max-forwards') ?? ''
  return /^[0-9]+$/.test(hops) ? Math.min(Number(hops), HOPS_AT_MOST) : null
}

/**
 * The fields of the upstream's answer as the client gets them; or the name of one that has a single value and came with two, of which
 * each reader would take another (RFC 9110 §5.3). `raw` is flat, names in any case; `cors`: null where the route has no rules for scripts.
 */
export function downstreamFields(
  status: number,
  raw: readonly string[],
  { interactionId, nonce }: { readonly interactionId: string; readonly nonce: string | null },
  isProtected: boolean,
  cors: readonly string[] | null,
): string[] | string {
  const fields: string[] = []
  const dropped = namedByConnection(raw)
  // RFC 9449 §8.2: an answer with a nonce should not be cached.
  let unsaid = isProtected || nonce !== null
  for (let at = 0; at < raw.length; at += 2) {
    const name = (raw[at] as string).toLowerCase()
    const fate = fateOf(name, RESPONSE_FATES, responseFate)
    if (fate === 'drop' || dropped?.has(name)) continue
    if (fate === 'once' && fieldValue(fields, name) !== null) return name
    // Which scripts may read what is said in one place; where that is here, the upstream's word does not leave.
    if (fate === 'cors' && (isProtected || cors !== null)) continue
    const value = raw[at + 1] as string
    // RFC 9110 §8.6, §15.3.6.
    if (name === 'content-length' && (status === 204 || (status === 205 && value !== '0'))) continue
    if (name === 'cache-control' && nonce !== null) continue
    if (name === 'cache-control') unsaid = false
    // RFC 9440 §2.4: what varies by a field that we write ourselves cannot be cached by anybody else.
    fields.push(name, name === 'vary' && VARIES_BY_OURS.test(value) ? '*' : value)
  }
  fields.push(INTERACTION_ID, interactionId)
  if (nonce !== null) fields.push('dpop-nonce', nonce)
  if (unsaid) fields.push('cache-control', 'no-store')
  if (cors !== null) fields.push(...cors)
  return fields
}

type Fate = 'keep' | 'once' | 'drop' | 'cors' | 'credential' | 'cookie' | 'hops'

function requestFate(name: string): Fate {
  if (name === 'authorization' || name === 'dpop') return 'credential'
  if (name === 'cookie') return 'cookie'
  if (name === 'max-forwards') return 'hops'
  return HOP_BY_HOP.has(name) || REWRITTEN.has(name) || isTrustedField(name) ? 'drop' : 'keep'
}

function responseFate(name: string): Fate {
  if (name.startsWith('access-control-')) return 'cors'
  if (SINGLE.has(name)) return 'once'
  return HOP_BY_HOP.has(name) || OURS_TO_SEND.has(name) ? 'drop' : 'keep'
}

/** Names repeat; what becomes of each is settled once. The maps are bounded. */
function fateOf(name: string, known: Map<string, Fate>, judge: (lower: string) => Fate): Fate {
  const found = known.get(name)
  if (found !== undefined) return found
  const fate = judge(name.toLowerCase())
  if (name.length > LONGEST_KEPT) return fate
  if (known.size >= NAMES_AT_MOST) known.clear()
  known.set(name, fate)
  return fate
}

function namedByConnection(fields: readonly string[]): Set<string> | undefined {
  let named: Set<string> | undefined
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at] as string
    if (name.length !== 10 || name.toLowerCase() !== 'connection') continue
    for (const option of connectionOptions(fields[at + 1] as string)) {
      if (ORDINARY_OPTIONS.has(option)) continue
      named ??= new Set()
      named.add(option)
    }
  }
  return named
}

/** RFC 7239 §6: IPv6 in brackets and quotes. */
function nodeName(address: string): string {
  return address.includes(':') ? `"[${address}]"` : address
}

/** Visible ASCII and inner spaces as they are, all else and `%` percent-encoded, so that no claim can forge a field. */
function visible(text: string): string {
  if (PLAIN.test(text)) return text
  return encodeURIComponent(text.toWellFormed())
}

const PLAIN = /^(?:[\x21-\x24\x26-\x7e](?:[\x20-\x24\x26-\x7e]*[\x21-\x24\x26-\x7e])?)?$/
/** Written anew, or answered here. */
const REWRITTEN: ReadonlySet<string> = new Set(['host', 'content-length', 'expect', 'via', INTERACTION_ID])
/** RFC 9440 §2.2; RFC 9449 §8: one nonce at most, and it is ours; RFC 9209 §2: honest only if ours; what was told to the upstream stays there. */
const OURS_TO_SEND: ReadonlySet<string> = new Set([
  'client-cert',
  'client-cert-chain',
  'dpop-nonce',
  'proxy-status',
  'txn-token',
  INTERACTION_ID,
])
/** RFC 9110, RFC 9111: those that say what the answer is, and where, and until when. A length said twice was no answer. */
const SINGLE: ReadonlySet<string> = new Set([
  'age',
  'content-location',
  'content-range',
  'content-type',
  'date',
  'etag',
  'expires',
  'last-modified',
  'location',
  'retry-after',
])
const ORDINARY_OPTIONS: ReadonlySet<string> = new Set(['', 'close', 'keep-alive'])
/** Host and scheme are the same for all who ask for one URI, so no cache mixes up whom it answers. */
const VARIES_BY_OURS = /client-cert|holdfast-|txn-token|forwarded(?!-(?:host|proto))/i
const HOPS_AT_MOST = 1_000_000_000
/** Octets. */
const VIA_AT_MOST = 1024
const NAMES_AT_MOST = 1024
const SCOPE_TEXTS = new WeakMap<ReadonlySet<string>, string>()
const REQUEST_FATES = new Map<string, Fate>()
const RESPONSE_FATES = new Map<string, Fate>()
