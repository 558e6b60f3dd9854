import type { Denial } from '../../domain/denial.ts'
import { isDenial } from '../../domain/denial.ts'
import type { Component } from './component.ts'
import { componentValue } from './component-value.ts'
import type { FieldType } from './field-types.ts'
import type { SignedMessage } from './message.ts'

/**
 * The signature base (RFC 9421 §2.5): one line a component and the parameters of the signature last, without a line break
 * behind. Signing and verifying both sign this text. `signatureParams` is the inner list with its parameters, serialised.
 */
export function signatureBase(
  components: readonly Component[],
  signatureParams: string,
  message: SignedMessage,
  types: ReadonlyMap<string, FieldType>,
): string | Denial {
  let base = ''
  for (const component of components) {
    const value = message.known?.get(component.identity) ?? componentValue(component, message, types)
    if (isDenial(value)) return value
    base += `${component.identifier}: ${value}\n`
  }
  return `${base}"@signature-params": ${signatureParams}`
}
