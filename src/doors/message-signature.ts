/** HTTP Message Signatures (RFC 9421): verified, and prepared to be made; profiles as data. */
export { offerOf, readWishes, type SignatureWish } from '../verify/message-signature/accept-signature.ts'
export { type Component, parseComponent, readComponent } from '../verify/message-signature/component.ts'
export { componentsFor } from '../verify/message-signature/coverage.ts'
export { D as signatureDenials } from '../verify/message-signature/denials.ts'
export { type FieldType, fieldTypes } from '../verify/message-signature/field-types.ts'
export type { RequestMessage, ResponseMessage, SignedMessage } from '../verify/message-signature/message.ts'
export { onceOf } from '../verify/message-signature/once.ts'
export {
  type Coverage,
  coverage,
  fapi2,
  type SignatureProfile,
  type SignatureRules,
  type SigningRules,
} from '../verify/message-signature/profile.ts'
export { prepareSignature, signatureFields, type UnsignedBase } from '../verify/message-signature/sign.ts'
export { allowSignatures, verifiesMac } from '../verify/message-signature/signature-algorithms.ts'
export {
  type MessageSignature,
  type SignatureSubject,
  type SignerKeys,
  verifySignatures,
} from '../verify/message-signature/verify.ts'
