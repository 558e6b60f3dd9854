import { isJsonObject, isStrings, type JsonObject } from '../../codec/json.ts'
import type { UnixSeconds } from '../../domain/check.ts'
import type { Denial } from '../../domain/denial.ts'
import { Need } from '../../domain/need.ts'
import type { ConsentSource, SaidOfConsent } from '../../domain/ports.ts'
import type { AccessToken } from '../access-token/token.ts'
import { hasPassed, isNumericDate } from '../jose/numeric-date.ts'
import { type ConsentPlace, type Naming, readConsentId } from './consent-id.ts'
import { D } from './denials.ts'
import { memberAt, type Pointer } from './pointer.ts'

/** What a customer must have agreed to, and who knows. */
export interface ConsentDemand {
  /** The service's name in the configuration. */
  readonly service: string
  /** Each of them must name it. */
  readonly places: readonly ConsentPlace[]
  /** Who is asked; or where in the token's claims (of an introspected token, in the answer) the consent itself stands. */
  readonly source: ConsentSource | Pointer
  readonly members: ConsentMembers
  /** Those in which it holds. */
  readonly states: ReadonlySet<string>
  /** All of them must be granted. */
  readonly permissions: readonly string[]
  /** One of them must be; null: none need be. */
  readonly permissionsAny: readonly string[] | null
}

/** Where a consent says what; null: it is not looked at. */
export interface ConsentMembers {
  readonly state: Pointer
  readonly clientId: Pointer
  readonly permissions: Pointer
  readonly expiresAt: Pointer
  readonly subject: Pointer | null
}

/** What was fetched for one request and counts for that request alone, whether or not a cache keeps it. */
export interface FetchedConsent {
  consent: { readonly source: ConsentSource; readonly id: string; readonly said: SaidOfConsent } | null
}

/** Why it does not suffice; the detail is for the operator. */
export interface ConsentObjection {
  readonly denial: Denial
  readonly detail: string
}

/**
 * The consent that the token stands for must be in force, for this client, and cover what the route demands (FAPI2-SP
 * §5.3.4(4)). Whoever knows about it may have to be asked first.
 */
export function checkConsent(
  naming: Naming,
  demand: ConsentDemand,
  fetched: FetchedConsent,
  now: UnixSeconds,
): ConsentObjection | Need | undefined {
  const { token } = naming
  const id = readConsentId(naming, demand.places)
  if (id === undefined) return { denial: D.CONSENT_ABSENT, detail: 'no consent is named, or several are' }
  const said = saidOf(id, token, demand, fetched, now)
  if (said instanceof Need) return said
  if (said === 'unknown') return { denial: D.CONSENT_UNKNOWN, detail: `nobody knows ${id}` }
  return judge(said, token, demand, now)
}

function saidOf(
  id: string,
  token: AccessToken,
  { service, source }: ConsentDemand,
  fetched: FetchedConsent,
  now: UnixSeconds,
): SaidOfConsent | Need {
  if (!('ask' in source)) {
    const consent = memberAt(token.claims, source)
    return isJsonObject(consent) ? consent : 'unknown'
  }
  const { consent } = fetched
  // A rule that only watches may ask somebody else about the same.
  const isOfThis = consent?.id === id && consent.source === source
  const held = isOfThis ? consent.said : source.recall(id, now)
  if (held !== undefined) return held
  return new Need('consent', `${service} ${id}`, D.CONSENT_UNAVAILABLE, () =>
    source.ask(id, token.clientId).then((said) => {
      fetched.consent = said === undefined ? null : { source, id, said }
      return said !== undefined
    }),
  )
}

function judge(
  consent: JsonObject,
  token: AccessToken,
  { members, states, permissions, permissionsAny }: ConsentDemand,
  now: UnixSeconds,
): ConsentObjection | undefined {
  const state = memberAt(consent, members.state)
  const client = memberAt(consent, members.clientId)
  const granted = memberAt(consent, members.permissions) ?? []
  const ends = readTime(memberAt(consent, members.expiresAt))
  if (typeof state !== 'string') return unreadable('its state', members.state)
  if (typeof client !== 'string') return unreadable('its client', members.clientId)
  if (!isStrings(granted)) return unreadable('its permissions', members.permissions)
  if (ends === undefined) return unreadable('when it ends', members.expiresAt)
  // Whose it is comes first: of a stranger's consent nothing else is told.
  if (client !== token.clientId) return { denial: D.CONSENT_OWNER, detail: 'it is of another client' }
  const { subject } = token
  // Nobody is no customer, in the token as in the consent.
  if (members.subject !== null && (subject === null || memberAt(consent, members.subject) !== subject))
    return { denial: D.CONSENT_OWNER, detail: 'it is of another customer' }
  if (!states.has(state)) return { denial: D.CONSENT_STATE, detail: `it is ${state.slice(0, 60)}` }
  if (hasPassed(ends, now)) return { denial: D.CONSENT_EXPIRED, detail: `it ended at ${ends}` }
  const missing = permissions.filter((each) => !granted.includes(each))
  if (missing.length > 0) return { denial: D.CONSENT_PERMISSION, detail: `missing ${missing.join(' ')}` }
  if (permissionsAny === null || permissionsAny.some((each) => granted.includes(each))) return undefined
  return { denial: D.CONSENT_PERMISSION, detail: `missing one of ${permissionsAny.join(' ')}` }
}

/** Where the service answers otherwise than it was configured nothing is known, which is not the client's fault. */
function unreadable(what: string, where: Pointer): ConsentObjection {
  const place = `/${where.join('/')}`
  return { denial: D.CONSENT_UNAVAILABLE, detail: `the consent does not say ${what} at ${place}` }
}

/** Seconds, a date and time (RFC 3339 §5.6), or a date, whose day counts, in UTC; Infinity where it does not end. */
function readTime(value: unknown): UnixSeconds | undefined {
  if (value === undefined || value === null) return Number.POSITIVE_INFINITY
  if (typeof value === 'number') return isNumericDate(value) ? value : undefined
  if (typeof value !== 'string') return undefined
  const isDay = DATE.test(value)
  if (!isDay && !DATE_TIME.test(value)) return undefined
  const time = Date.parse(value)
  return Number.isNaN(time) ? undefined : Math.floor(time / 1000) + (isDay ? DAY : 0)
}

const DATE = /^\d{4}-\d{2}-\d{2}$/
const DATE_TIME = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})$/
/** Seconds. */
const DAY = 86_400
