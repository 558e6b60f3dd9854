import type { BareItem, InnerList, Parameters } from '../../codec/structured-field.ts'
import { serialiseDictionary, serialiseMember } from '../../codec/structured-field-text.ts'
import { type Denial, isDenial } from '../../domain/denial.ts'
import type { Component } from './component.ts'
import { D } from './denials.ts'
import type { FieldType } from './field-types.ts'
import type { SignedMessage } from './message.ts'
import { signatureBase } from './signature-base.ts'
import type { SignatureParameters } from './signature-input.ts'

/** A signature that is still to be made: what is to be signed, and what stands in `Signature-Input`. */
export interface UnsignedBase {
  /** ASCII. */
  readonly base: string
  readonly input: InnerList
}

/** RFC 9421 §3.1: the base to be signed. A denial where the message does not have a component that is to be covered. */
export function prepareSignature(
  components: readonly Component[],
  parameters: Partial<SignatureParameters>,
  message: SignedMessage,
  types: ReadonlyMap<string, FieldType>,
): UnsignedBase | Denial {
  const input: InnerList = {
    kind: 'inner-list',
    items: components.map(({ item }) => item),
    parameters: signatureParameters(parameters),
  }
  const signatureParams = serialiseMember(input)
  if (signatureParams === undefined) return D.SIG_PARAMETER
  const base = signatureBase(components, signatureParams, message, types)
  return isDenial(base) ? base : { base, input }
}

/** The two fields of a signature (RFC 9421 §4): flat, name and value. The label must be a key of RFC 9651. */
export function signatureFields(label: string, { input }: UnsignedBase, signature: Uint8Array): string[] {
  const bytes: BareItem = { type: 'binary', value: Buffer.from(signature) }
  const member = { kind: 'item', bare: bytes, parameters: new Map() } as const
  return [
    'signature-input',
    serialiseDictionary(new Map([[label, input]])) ?? '',
    'signature',
    serialiseDictionary(new Map([[label, member]])) ?? '',
  ]
}

function signatureParameters(given: Partial<SignatureParameters>): Parameters {
  const parameters = new Map<string, BareItem>()
  for (const name of ['created', 'expires'] as const) {
    const value = given[name]
    if (value !== undefined && value !== null) parameters.set(name, { type: 'integer', value })
  }
  for (const name of ['nonce', 'alg', 'keyid', 'tag'] as const) {
    const value = given[name]
    if (value !== undefined && value !== null) parameters.set(name, text(value))
  }
  return parameters
}

function text(value: string): BareItem {
  return { type: 'string', value }
}
