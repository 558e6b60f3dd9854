import type { Asked, Said } from '../support/introspection-endpoint.ts'
import { aKey } from '../support/keys.ts'
import { credentials, ORIGIN } from '../support/wire-tokens.ts'
import { challenged, type DenialCase, plainly } from './denial-case.ts'

/** Every refusal of a token that its authorization server was asked about. The token says what the server is to say. */
export const INTROSPECTION_DENIALS: readonly DenialCase[] = [
  refused('TOKEN_TOO_SHORT', 'RFC 6749 §10.10', 'x'.repeat(21)),
  refused('TOKEN_INACTIVE', 'RFC 7662 §2.2', 'inactive-and-long-enough'),
  refused('TOKEN_BINDING', 'RFC 9449 §6.2', 'another-kind-and-long-enough'),
  plainly('TOKEN_INTROSPECTION_UNAVAILABLE', 503, 'RFC 7662 §2.3', () => ({
    path: '/asked',
    fields: credentials('/asked', { accessToken: 'no-answer-and-long-enough' }),
  })),
]

/** What the authorization server of these cases says. */
export function saysOf({ form }: Asked): Said {
  const token = form.get('token') ?? ''
  if (token.startsWith('inactive')) return { body: { active: false } }
  if (token.startsWith('no-answer')) return { status: 500, body: '' }
  const cnf = { jkt: aKey('ES256', 'client').jkt }
  if (token.startsWith('nameless')) return { body: { active: true, aud: ORIGIN, token_type: 'DPoP', cnf } }
  return { body: { active: true, token_type: 'Bearer', cnf } }
}

function refused(code: string, cite: DenialCase['cite'], accessToken: string): DenialCase {
  return challenged(code, [401, 'invalid_token', 'DPoP'], cite, () => ({
    path: '/asked',
    fields: credentials('/asked', { accessToken }),
  }))
}
