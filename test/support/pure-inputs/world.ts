import type { BareItem } from '../../../src/codec/structured-field.ts'
import { originsOf } from '../../../src/decision/scan.ts'
import { fapi2 } from '../../../src/verify/message-signature/profile.ts'
import { NOW } from '../clock.ts'
import { aKey, verificationKeys } from '../keys.ts'
import { aRequest } from '../request.ts'
import { clientKey } from '../signature.ts'
import { aToken, aVerifiedToken, keySource } from '../token.ts'

/** What the inputs of several rooms are put into: structured fields first, then signatures, tokens, bodies and lists. */
export const BARE_ITEMS = (text: string): readonly BareItem[] => [
  ...(['string', 'token', 'display-string'] as const).map((type) => ({ type, value: text })),
  ...(['integer', 'date', 'decimal'] as const).map((type) => ({ type, value: Number(text) })),
]
export const anItem = (bare: BareItem) => ({ kind: 'item', bare, parameters: new Map() }) as const
export const SIGNER_KEYS = { owner: 'client', keys: keySource(verificationKeys(clientKey())) }
export const SIGNATURES = {
  rules: fapi2.request,
  clientKeys: () => SIGNER_KEYS.keys,
  unknownBefore: 0,
}
export const CLIENT = aKey('ES256', 'client')
export const TOKEN = aToken()
export const VERIFIED = aVerifiedToken(TOKEN)
export const EMPTY_BODY = { blocks: [], length: 0, digests: new Map(), trailers: [] }
export const STATUS_LIST = { bits: 1, octets: Buffer.of(0), issuedAt: NOW } as const
export const STATUS_RULES = {
  required: true,
  origins: new Set(['https://as.bank.example']),
  allowsUnavailable: false,
  lists: { held: () => STATUS_LIST, ask: async () => {} },
}
export const RULES = {
  origins: originsOf(['https://api.bank.example']),
  fieldCount: 100,
  bodyLimit: 1000,
}
/** The facts of a request whose credentials are the caller's to give. */
const FACTS = aRequest()
export function aFacts(changes: Partial<typeof FACTS> = {}) {
  return { ...FACTS, ...changes }
}
