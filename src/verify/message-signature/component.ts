import { type Item, type Parameters, parseItem } from '../../codec/structured-field.ts'
import { serialiseItem, serialiseParameters } from '../../codec/structured-field-text.ts'

/** A component of a message that a signature can cover: a field, or something derived, and how it is read (RFC 9421 §2). */
export interface Component {
  /** Of a field in lower case; of a derived component with its `@`. */
  readonly name: string
  /** The field is serialised anew as the structured field that it is (RFC 9421 §2.1.1). */
  readonly sf: boolean
  /** The member of a dictionary (RFC 9421 §2.1.2). */
  readonly key: string | null
  /** Each line as a byte sequence (RFC 9421 §2.1.3). */
  readonly bs: boolean
  /** Of the trailers (RFC 9421 §2.1.4). */
  readonly tr: boolean
  /** Of the request that the signed response answers (RFC 9421 §2.4). */
  readonly req: boolean
  /** The parameter of the query (RFC 9421 §2.2.8). */
  readonly queryParameter: string | null
  /** As it stands in a signature base: `"content-digest";req`. */
  readonly identifier: string
  /** The same for whatever order its parameters are in, for that makes no other component of it (RFC 9421 §2.5). */
  readonly identity: string
}

/**
 * A component identifier (RFC 9421 §2), undefined where it is none that we know: a name in upper case, a derived component or
 * a parameter that RFC 9421 does not have, one of the wrong type, or two that do not go together.
 */
export function readComponent(item: Item): Component | undefined {
  const { bare, parameters } = item
  if (bare.type !== 'string') return undefined
  const name = bare.value
  const plain = parameters.size === 0 ? PLAIN.get(name) : undefined
  if (plain !== undefined) return plain
  const given = readParameters(parameters)
  if (given === undefined || !goTogether(name, given)) return undefined
  const identifier = serialiseItem(item)
  return identifier === undefined
    ? undefined
    : componentOf(name, given, identifier, `${name}${serialiseParameters(inOrder(parameters))}`)
}

/** As a configuration writes it: `@method`, `content-digest`, `@query-param;name="id"`; or quoted, as in a signature base. */
export function parseComponent(text: string): Component | undefined {
  const [name] = text.split(';', 1) as [string]
  const item = parseItem(text.startsWith('"') ? text : `"${name}"${text.slice(name.length)}`)
  return item === undefined ? undefined : readComponent(item)
}

/** A member of a dictionary of the request that a response answers; the key must be one of RFC 9651. */
export function memberOfRequest(name: string, key: string): Component {
  const given = { ...NOTHING, key, req: true }
  return componentOf(name, given, `"${name}";req;key="${key}"`, `${name};key="${key}";req`)
}

type Given = Pick<Component, 'sf' | 'key' | 'bs' | 'tr' | 'req' | 'queryParameter'>

function readParameters(parameters: Parameters): Given | undefined {
  const given: Given = { ...NOTHING }
  const read: { [name: string]: boolean | string | null } = given
  for (const [name, { type, value }] of parameters) {
    if (FLAGS.has(name) && type === 'boolean' && value) read[name] = true
    else if (name === 'key' && type === 'string') read['key'] = value
    else if (name === 'name' && type === 'string') read['queryParameter'] = value
    else return undefined
  }
  return given
}

function goTogether(name: string, { sf, key, bs, tr, queryParameter }: Given): boolean {
  if (!name.startsWith('@'))
    return FIELD_NAME.test(name) && queryParameter === null && !(bs && (sf || key !== null))
  if (!DERIVED.has(name) || sf || bs || tr || key !== null) return false
  return (name === '@query-param') === (queryParameter !== null)
}

function inOrder(parameters: Parameters): Parameters {
  return new Map([...parameters].sort(([left], [right]) => (left < right ? -1 : 1)))
}

function plainComponent(name: string): readonly [string, Component] {
  return [name, componentOf(name, NOTHING, `"${name}"`, name)]
}

/** All in one shape, so that whoever reads them reads them fast. */
function componentOf(name: string, given: Given, identifier: string, identity: string): Component {
  const { sf, key, bs, tr, req, queryParameter } = given
  return { name, sf, key, bs, tr, req, queryParameter, identifier, identity }
}

const NOTHING: Given = { sf: false, key: null, bs: false, tr: false, req: false, queryParameter: null }

const FLAGS: ReadonlySet<string> = new Set(['sf', 'bs', 'tr', 'req'])
/** RFC 9110 §5.1, in lower case (RFC 9421 §2.1). */
const FIELD_NAME = /^[a-z0-9!#$%&'*+\-.^_`|~]+$/
/** RFC 9421 §2.2. `@signature-params` is never listed (§2.3). */
const DERIVED: ReadonlySet<string> = new Set([
  '@method',
  '@target-uri',
  '@authority',
  '@scheme',
  '@request-target',
  '@path',
  '@query',
  '@query-param',
  '@status',
])
/** Those that nearly every signature covers, made once. */
const PLAIN: ReadonlyMap<string, Component> = new Map(
  [
    '@method',
    '@target-uri',
    '@authority',
    '@path',
    '@query',
    'authorization',
    'dpop',
    'content-digest',
    'content-type',
    'date',
  ].map(plainComponent),
)
