import { isDenial } from '../../src/domain/denial.ts'
import type { RequestFacts } from '../../src/domain/request-facts.ts'
import { parseComponent } from '../../src/verify/message-signature/component.ts'
import { fieldTypes } from '../../src/verify/message-signature/field-types.ts'
import {
  prepareSignature,
  signatureFields,
  type UnsignedBase,
} from '../../src/verify/message-signature/sign.ts'
import type { SignatureParameters } from '../../src/verify/message-signature/signature-input.ts'
import { NOW } from './clock.ts'
import { signatureOf } from './jws.ts'
import { aKey, type SigningKey } from './keys.ts'

/** What a signature of the tests says; what is undefined is left out. */
export interface SignatureChanges {
  readonly components?: readonly string[]
  readonly parameters?: {
    readonly [Name in keyof SignatureParameters]?: SignatureParameters[Name] | undefined
  }
  readonly key?: SigningKey
  readonly label?: string
}

/** The components that FAPI 2.0 HTTP Signatures asks for of a request without a body that carries a DPoP proof. */
export const COMPONENTS = ['@method', '@target-uri', 'authorization', 'dpop']

/** The client's key for message signatures. */
export const clientKey = () => aKey('ES256', 'signing client')

/** The two fields of a valid signature of this request as `fapi2` asks for it, but for the changes. */
export function aSignature(request: Signable, changes: SignatureChanges = {}): string[] {
  const { key = clientKey(), label = 'sig1' } = changes
  const unsigned = prepared(request, changes)
  return signatureFields(label, unsigned, signatureOf(unsigned.base, key))
}

/** What that is a signature of. */
export function signatureBaseOf(request: Signable, changes: SignatureChanges = {}): string {
  return prepared(request, changes).base
}

type Signable = Pick<
  RequestFacts,
  'method' | 'origin' | 'authority' | 'path' | 'query' | 'requestTarget' | 'fields'
>

function prepared(
  request: Signable,
  { components = COMPONENTS, parameters = {}, key = clientKey() }: SignatureChanges,
): UnsignedBase {
  const given = { created: NOW, keyid: key.kid, tag: 'fapi-2-request', ...parameters }
  const unsigned = prepareSignature(
    components.map((each) => parseComponent(each)!),
    Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    { request, response: null },
    fieldTypes,
  )
  if (isDenial(unsigned)) throw new Error(`cannot be signed: ${unsigned.code}`)
  return unsigned
}
