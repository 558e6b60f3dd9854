import type { Denial } from '../../domain/denial.ts'
import { isDenial } from '../../domain/denial.ts'
import type { Component } from './component.ts'
import { componentValue } from './component-value.ts'
import type { FieldType } from './field-types.ts'
import type { SignedMessage } from './message.ts'
import { ParsedParts } from './parsed-parts.ts'

/** The parameters of a signature (RFC 9421 §2.3): the components that it covers, and what it says of itself, serialised. */
export function signatureParams(components: readonly Component[], parameters: string): string {
  let list = ''
  for (const { identifier } of components) list += list === '' ? identifier : ` ${identifier}`
  return `(${list})${parameters}`
}

/**
 * The signature base (RFC 9421 §2.5): one line a component and the parameters of the signature last, without a line break
 * behind. Signing and verifying both sign this text.
 */
export function signatureBase(
  components: readonly Component[],
  params: string,
  message: SignedMessage,
  types: ReadonlyMap<string, FieldType>,
): string | Denial {
  const parsed = new ParsedParts()
  let base = ''
  for (const component of components) {
    const value = message.known?.get(component.identity) ?? componentValue(component, message, types, parsed)
    if (isDenial(value)) return value
    base += `${component.identifier}: ${value}\n`
  }
  return `${base}"@signature-params": ${params}`
}
