import { hash } from 'node:crypto'
import type { Once } from '../../domain/ports.ts'
import { SAFE_METHODS } from '../../domain/request-facts.ts'
import type { SignatureRules } from './profile.ts'
import type { MessageSignature } from './verify.ts'

/**
 * What of a signature may be used once (RFC 9421 §7.2.2): its nonce where it has one, else what it signs. The octets of the
 * signature would not do, for of one ECDSA signature anybody can make a second. Null: it may be used again while it is fresh.
 */
export function onceOf(
  { input: { nonce, created }, key, base }: MessageSignature,
  { once }: SignatureRules,
  method: string,
): Once | null {
  if (nonce === null && once === 'unsafe' && SAFE_METHODS.has(method)) return null
  return {
    // Not its identity: an entry of a key set can be written anew, and its key has signed what it has signed.
    jkt: `signature ${key.thumbprint}`,
    jti: nonce === null ? `base ${hash('sha256', base, 'base64url')}` : `nonce ${nonce}`,
    madeAt: created as number,
  }
}
