import { normalDecimal } from '../../codec/decimal.ts'
import { isJsonObject, JsonNumber, type JsonObject } from '../../codec/json.ts'
import { memberAt, type Pointer } from './pointer.ts'

/** A value of a detail that must be the one of the request: of a segment of its path, or of a field of its body. */
export type ValueMatch = PathMatch | BodyMatch

interface Common {
  /** Of the detail, as the configuration has it. */
  readonly title: string
  readonly pointer: Pointer
  /** The value in the form in which equal ones are the same; undefined where it is of another type. */
  readonly normal: (value: unknown) => string | undefined
}

export interface PathMatch extends Common {
  readonly source: 'path'
  readonly parameter: string
}

export interface BodyMatch extends Common {
  readonly source: 'body'
  /** As the configuration has it. */
  readonly field: string
  /** Of a body; `twice` where a parser that does not mind the case of names could take another member for it. */
  readonly read: (body: JsonObject) => unknown
}

export function matchPath(
  title: string,
  pointer: Pointer,
  as: 'text' | 'decimal',
  parameter: string,
): PathMatch {
  return { source: 'path', title, pointer, normal: NORMAL[as], parameter }
}

export function matchBody(
  title: string,
  pointer: Pointer,
  as: 'text' | 'decimal',
  field: string,
  fieldPointer: Pointer,
): BodyMatch {
  return {
    source: 'body',
    title,
    pointer,
    normal: NORMAL[as],
    field,
    read: (body) => (hasTwin(body, fieldPointer) ? 'twice' : memberAt(body, fieldPointer)),
  }
}

/** How a value of the detail stands to that of the request. A list of the detail must contain it. */
export function compareWith(
  { pointer, normal }: ValueMatch,
  detail: JsonObject,
  value: unknown,
): 'equal' | 'absent' | 'of another type' | 'another value' {
  const granted = memberAt(detail, pointer)
  if (granted === undefined || granted === null) return 'absent'
  const wanted = normal(value)
  const normals = (Array.isArray(granted) ? granted : [granted]).map(normal)
  if (wanted === undefined || normals.includes(undefined)) return 'of another type'
  return normals.includes(wanted) ? 'equal' : 'another value'
}

const NORMAL = {
  text: (value: unknown) => (typeof value === 'string' ? value : undefined),
  decimal,
} as const

/** An amount: a text, or a number. A double tells no more than fifteen digits for certain, so with more it is not compared. */
function decimal(value: unknown): string | undefined {
  if (typeof value === 'string') return normalDecimal(value)
  if (value instanceof JsonNumber) return normalDecimal(value.written)
  if (typeof value !== 'number') return undefined
  const digits = String(value)
    .replace(/e.*$/, '')
    .replace(/[^0-9]/g, '')
    .replace(/^0+/, '')
  return digits.length > SURE_DIGITS ? undefined : normalDecimal(String(value))
}

function hasTwin(body: JsonObject, pointer: Pointer): boolean {
  let found: unknown = body
  for (const step of pointer) {
    const folded = fold(step)
    if (isJsonObject(found) && Object.keys(found).filter((name) => fold(name) === folded).length > 1)
      return true
    found = memberAt(found, [step])
  }
  return false
}

/** Some parsers take a member for another whose name differs in case, and fold more than ASCII: to Java `ı` and `İ` are `i`. */
function fold(name: string): string {
  return name.normalize('NFKC').replace(/[ıİ]/g, 'i').toLowerCase()
}

const SURE_DIGITS = 15
