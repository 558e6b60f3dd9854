import {
  type BareItem,
  type InnerList,
  type Member,
  type Parameters,
  parseDictionary,
} from '../../codec/structured-field.ts'
import { serialiseParameters } from '../../codec/structured-field-text.ts'
import type { Denial } from '../../domain/denial.ts'
import { type Component, readComponent } from './component.ts'
import { D } from './denials.ts'
import { signatureParams } from './signature-base.ts'

/** A signature as the two fields have it (RFC 9421 §4); nothing of it is verified. */
export interface GivenSignature {
  /** Names it within the message; whoever is on the way may change that, so nothing follows from it (RFC 9421 §7.2.5). */
  readonly label: string
  readonly input: InnerList
  readonly signature: Buffer
}

/** RFC 9421 §2.3: what a signature says of itself, times in Unix seconds; null: not said. */
export interface SignatureParameters {
  readonly created: number | null
  readonly expires: number | null
  readonly nonce: string | null
  readonly alg: string | null
  readonly keyid: string | null
  readonly tag: string | null
}

/** What a signature covers and says, with the text of it that the base ends with. */
export interface SignatureInput extends SignatureParameters {
  readonly components: readonly Component[]
  readonly signatureParams: string
}

/** The signatures of a message, out of its `Signature-Input` and `Signature` fields, lines joined with commas. */
export function readSignatures(
  inputText: string | null,
  signatureText: string | null,
): readonly GivenSignature[] | Denial {
  if (inputText === null) return signatureText === null ? D.SIG_ABSENT : D.SIG_INPUT_ABSENT
  const inputs = parseDictionary(inputText)
  if (inputs === undefined) return D.SIG_INPUT_MALFORMED
  const signatures = parseDictionary(signatureText ?? '')
  if (signatures === undefined) return D.SIG_MALFORMED
  // The last of two would count (RFC 9651 §4.2); another parser might take the first.
  if (inputs.repeated !== null) return inputs.members.has(inputs.repeated) ? D.SIG_LABEL : D.SIG_PARAMETER
  if (signatures.repeated !== null) return D.SIG_LABEL
  if (inputs.members.size === 0) return D.SIG_ABSENT
  if (inputs.members.size > SIGNATURES_AT_MOST) return D.SIG_TOO_MANY
  return pair(inputs.members, signatures.members)
}

/** RFC 9421 §2, §2.3 and §3.2(2): an inner list of components, none of them twice, with parameters of the right types. */
export function readSignatureInput(input: InnerList): SignatureInput | Denial {
  if (input.items.length > COMPONENTS_AT_MOST) return D.SIG_TOO_MANY
  const components: Component[] = []
  for (const item of input.items) {
    const component = readComponent(item)
    if (component === undefined) return D.SIG_COMPONENT
    if (components.some(({ identity }) => identity === component.identity)) return D.SIG_COMPONENT_REPEATED
    components.push(component)
  }
  const parameters = readSignatureParameters(input.parameters)
  const text = serialiseParameters(input.parameters)
  if (parameters === undefined || text === undefined) return D.SIG_PARAMETER
  const { created, expires, nonce, alg, keyid, tag } = parameters
  const params = signatureParams(components, text)
  return { components, signatureParams: params, created, expires, nonce, alg, keyid, tag }
}

/** The tag of a signature, which says what it is for (RFC 9421 §7.2.7); null where it has none. */
export function tagOf({ parameters }: InnerList): string | null {
  const tag = parameters.get('tag')
  return tag?.type === 'string' ? tag.value : null
}

/** Every label must be in both fields (RFC 9421 §3.2(1)). */
function pair(
  inputs: ReadonlyMap<string, Member>,
  signatures: ReadonlyMap<string, Member>,
): readonly GivenSignature[] | Denial {
  if (signatures.size !== inputs.size) return D.SIG_UNPAIRED
  const given: GivenSignature[] = []
  for (const [label, input] of inputs) {
    const member = signatures.get(label)
    if (member === undefined) return D.SIG_UNPAIRED
    if (input.kind !== 'inner-list') return D.SIG_INPUT_MALFORMED
    if (member.kind !== 'item' || member.bare.type !== 'binary') return D.SIG_MALFORMED
    given.push({ label, input, signature: member.bare.value })
  }
  return given
}

/** Undefined where one is of the wrong type. Parameters that we do not know are covered by the signature and mean nothing to us. */
function readSignatureParameters(parameters: Parameters): SignatureParameters | undefined {
  const created = seconds(parameters.get('created'))
  const expires = seconds(parameters.get('expires'))
  const nonce = text(parameters.get('nonce'))
  const alg = text(parameters.get('alg'))
  const keyid = text(parameters.get('keyid'))
  const tag = text(parameters.get('tag'))
  if (created === undefined || expires === undefined || nonce === undefined) return undefined
  if (alg === undefined || keyid === undefined || tag === undefined) return undefined
  return { created, expires, nonce, alg, keyid, tag }
}

function seconds(bare: BareItem | undefined): number | null | undefined {
  if (bare === undefined) return null
  return bare.type === 'integer' && bare.value >= 0 ? bare.value : undefined
}

function text(bare: BareItem | undefined): string | null | undefined {
  if (bare === undefined) return null
  return bare.type === 'string' ? bare.value : undefined
}

const SIGNATURES_AT_MOST = 4
const COMPONENTS_AT_MOST = 50
