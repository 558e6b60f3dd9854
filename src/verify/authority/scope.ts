import type { Check } from '../../domain/check.ts'
import type { AccessToken } from '../access-token/token.ts'
import { D } from './denials.ts'

/** All of the scopes must be granted, each compared as it stands (RFC 6749 §3.3: case-sensitive). */
export function scopesGranted(wanted: readonly string[]): Check<AccessToken> {
  return (token) => (wanted.every((scope) => token.scopes.has(scope)) ? undefined : D.SCOPE_INSUFFICIENT)
}
