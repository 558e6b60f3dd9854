import { serialiseBareItem } from '../../codec/structured-field-text.ts'
import type { UnixSeconds } from '../../domain/check.ts'
import { type Denial, isDenial } from '../../domain/denial.ts'
import type { Component } from './component.ts'
import { D } from './denials.ts'
import type { FieldType } from './field-types.ts'
import type { SignedMessage } from './message.ts'
import type { SigningRules } from './profile.ts'
import { signatureBase, signatureParams } from './signature-base.ts'
import type { SignatureParameters } from './signature-input.ts'

/** A signature that is still to be made: what is to be signed, and what stands in `Signature-Input`. */
export interface UnsignedBase {
  /** ASCII. */
  readonly base: string
  readonly signatureParams: string
}

/** What a signature of ours says of itself (RFC 9421 §2.3), made now with this key. */
export function ownParameters(
  { tag, expiresAfter }: Pick<SigningRules, 'tag' | 'expiresAfter'>,
  keyid: string,
  now: UnixSeconds,
): Partial<SignatureParameters> {
  return { created: now, keyid, tag, expires: expiresAfter === null ? null : now + expiresAfter }
}

/** RFC 9421 §3.1: the base to be signed. A denial where the message does not have a component that is to be covered. */
export function prepareSignature(
  components: readonly Component[],
  parameters: Partial<SignatureParameters>,
  message: SignedMessage,
  types: ReadonlyMap<string, FieldType>,
): UnsignedBase | Denial {
  const text = parametersText(parameters)
  if (text === undefined) return D.SIG_PARAMETER
  const params = signatureParams(components, text)
  const base = signatureBase(components, params, message, types)
  return isDenial(base) ? base : { base, signatureParams: params }
}

/** The two fields of a signature (RFC 9421 §4): flat, name and value. The label must be a key of RFC 9651. */
export function signatureFields(label: string, unsigned: UnsignedBase, signature: Uint8Array): string[] {
  const octets = Buffer.from(signature.buffer, signature.byteOffset, signature.byteLength)
  return [
    'signature-input',
    `${label}=${unsigned.signatureParams}`,
    'signature',
    `${label}=:${octets.toString('base64')}:`,
  ]
}

/** Undefined where one cannot be written. */
function parametersText(given: Partial<SignatureParameters>): string | undefined {
  let text = ''
  for (const name of PARAMETERS) {
    const value = given[name] ?? null
    if (value === null) continue
    const bare = serialiseBareItem(
      typeof value === 'number' ? { type: 'integer', value } : { type: 'string', value },
    )
    if (bare === undefined) return undefined
    text += `;${name}=${bare}`
  }
  return text
}

const PARAMETERS = ['created', 'expires', 'nonce', 'alg', 'keyid', 'tag'] as const
