import { isText, type JsonObject } from '../../codec/json.ts'
import { mediaTypeOf } from '../jose/media-type.ts'

/** Whether a token speaks for a user or for the client itself. */
export type Grant = 'user' | 'client'

/** How one kind of authorization server writes its access tokens. Data: another dialect is another value, never code. */
export interface Dialect {
  readonly name: string
  /** Accepted `typ` of the header, in lower case and without `application/`; `none`: it may be missing. */
  readonly types: ReadonlySet<string>
  /** Claims that say what kind of JWT it is, each with the values it may have; `none`: it may be missing. */
  readonly marks: ReadonlyMap<string, ReadonlySet<string>>
  /** Claims that must be there, besides `iss`, `aud`, `exp` and a client id, which no dialect goes without. */
  readonly required: readonly string[]
  /** Claims of other JWTs: a token that has one is no access token. */
  readonly refused: readonly string[]
  /** Where the scopes are: the first of these that is there in this shape says them all. */
  readonly scope: readonly ScopeSource[]
  /** Where the client id is: the first of these that is there; `aud` where it has one value alone. */
  readonly clientId: readonly string[]
  /** The first that fits says whom the token speaks for; where none does, it is a user, if one is named. */
  readonly grant: readonly GrantRule[]
  /** Whether the client may be an audience of its own token, as it always is of an ID token. */
  readonly clientAsAudience: boolean
}

export interface ScopeSource {
  readonly claim: string
  /** `text`: words divided by spaces (RFC 9068 §2.2.3); `list`: an array of texts. */
  readonly shape: 'text' | 'list'
}

export interface GrantRule {
  readonly claim: string
  /** What the claim must be; `present` asks for no value. `same` names another claim that must have the same one. */
  readonly test: 'present' | 'is' | 'starts' | 'same'
  readonly value: string
  readonly grant: Grant
}

export function hasAcceptedType(typ: unknown, { types }: Dialect): boolean {
  if (typ === undefined) return types.has(NONE)
  const name = mediaTypeOf(typ)
  return name !== undefined && name !== NONE && types.has(name)
}

/** RFC 8725 §3.12: whether the claims are those of an access token, and of no other JWT that the same keys sign. */
export function isAccessToken(claims: JsonObject, dialect: Dialect): boolean {
  for (const [claim, values] of dialect.marks)
    if (claims[claim] === undefined && !values.has(NONE)) return false
  if (isMarkedOtherwise(claims, dialect)) return false
  return dialect.refused.every((claim) => claims[claim] === undefined)
}

/** Whether a mark is there and says that it is another kind of token. Of an answer about one no mark need be there (RFC 7662 §2.2). */
export function isMarkedOtherwise(claims: JsonObject, { marks }: Pick<Dialect, 'marks'>): boolean {
  for (const [claim, values] of marks) {
    const value = claims[claim]
    if (value !== undefined && !(isText(value) && value !== NONE && values.has(value))) return true
  }
  return false
}

/** Empty where no place that the dialect reads has scopes in its shape. */
export function scopesOf(claims: JsonObject, { scope }: Dialect): ReadonlySet<string> {
  for (const { claim, shape } of scope) {
    const value = claims[claim]
    if (shape === 'text' && typeof value === 'string')
      return new Set(value.split(' ').filter((each) => each !== ''))
    if (shape === 'list' && Array.isArray(value) && value.every(isText)) return new Set(value)
  }
  return new Set()
}

/** Of a token that has no scope for its dialect: the claim that is there, and is of another type than it reads. */
export function misreadScope(claims: JsonObject, { scope }: Dialect): string | undefined {
  const found = scope.find(({ claim }) => claims[claim] !== undefined)?.claim
  if (found === undefined) return undefined
  const shapes: readonly string[] = scope
    .filter(({ claim }) => claim === found)
    .map(({ shape }) => SHAPES[shape])
  const type = typeOf(claims[found])
  if (shapes.includes(type)) return undefined
  return `${found} is ${type}, and the issuer's dialect reads ${shapes.join(' or ')}: dialect.scope`
}

/** Undefined where no place that the dialect reads has one. */
export function clientIdOf(claims: JsonObject, { clientId }: Dialect): string | undefined {
  for (const claim of clientId) {
    const value = claims[claim]
    if (isText(value)) return value
    if (claim === 'aud' && Array.isArray(value) && value.length === 1 && isText(value[0])) return value[0]
  }
  return undefined
}

/** Null where no rule says so, and the token names no user. */
export function grantOf(claims: JsonObject, { grant }: Dialect): Grant | null {
  const said = grant.find((rule) => fits(claims[rule.claim], rule, claims))?.grant
  return said ?? (claims['sub'] === undefined ? null : 'user')
}

function fits(found: unknown, { test, value }: GrantRule, claims: JsonObject): boolean {
  if (test === 'present') return found !== undefined
  if (!isText(found)) return false
  if (test === 'starts') return found.startsWith(value)
  return found === (test === 'is' ? value : claims[value])
}

/** As `SHAPES` has it. */
function typeOf(value: unknown): string {
  if (Array.isArray(value)) return value.every(isText) ? SHAPES.list : 'a list of more than texts'
  if (value === null) return 'null'
  if (typeof value === 'string') return SHAPES.text
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/** Stands for what is not there, in types and in marks. */
export const NONE = 'none'
const SHAPES = { text: 'a text', list: 'a list of texts' } as const
