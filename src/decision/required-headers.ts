import { isIpAddress } from '../codec/authority.ts'
import { combinedValue, isForThisConnection } from '../codec/field-scan.ts'
import type { Denial } from '../domain/denial.ts'
import { D } from './denials.ts'

/** A header field that every request of a route must have, in this form; one that is optional, if at all. */
export interface RequiredHeader {
  /** In lower case. */
  readonly name: string
  readonly form: HeaderForm
  readonly isOptional?: boolean
}

export type HeaderForm = keyof typeof FORMS

/** What the first of them lacks. A field that comes twice is joined (RFC 9110 §5.3), and then of no form but `text`. One that `Connection` names would not leave here (RFC 9110 §7.6.1). */
export function checkRequiredHeaders(
  fields: readonly string[],
  required: readonly RequiredHeader[],
): Denial | undefined {
  for (const header of required) {
    const fault = checkRequiredHeader(fields, header)
    if (fault !== undefined) return fault
  }
  return undefined
}

export function checkRequiredHeader(
  fields: readonly string[],
  { name, form, isOptional }: RequiredHeader,
): Denial | undefined {
  const value = combinedValue(fields, name)
  if (value === null) return isOptional ? undefined : D.HEADER_ABSENT
  if (isForThisConnection(fields, name)) return D.FIELD_CONNECTION
  return FORMS[form].test(value) ? undefined : D.HEADER_MALFORMED
}

/** What ecosystems ask of such fields. */
export const FORMS = {
  text: /[^\s,]/,
  /** RFC 9562 §4. */
  uuid: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i,
  /** Of an idempotency key. */
  key: /^[\x21-\x7e](?:[\x20-\x7e]{0,38}[\x21-\x7e])?$/,
  /** Whole, above zero. */
  number: /^[1-9][0-9]{0,8}$/,
  /** Such as of the customer's machine. */
  ip: { test: isIpAddress },
  /** RFC 9110 §5.6.7; there is an ecosystem that writes UTC for GMT. */
  date: /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-3][0-9] (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [0-9]{4} [0-2][0-9]:[0-5][0-9]:[0-6][0-9] (?:GMT|UTC)$/,
} as const

export const HEADER_FORMS = Object.keys(FORMS) as [HeaderForm, ...HeaderForm[]]
