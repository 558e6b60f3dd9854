import { verifyAccessToken } from '../../../../src/verify/access-token/verify-jwt.ts'
import { NOW } from '../../../support/clock.ts'
import { aKey } from '../../../support/keys.ts'
import { outcome } from '../../../support/outcome.ts'
import { aToken, aTrust, presented } from '../../../support/token.ts'
import type { Micro } from '../micro.ts'

export function accessTokenMicros(): readonly Micro[] {
  const trusted = [aTrust()]
  const memo = new Map()
  const nothing = { get: () => undefined, set: () => undefined }
  const good = aToken()
  const forged = aToken({ key: { ...aKey('ES256', 'thief'), kid: aKey('ES256', 'issuer').kid } })
  const judged = (title: string, token: string, remembers: boolean, expected: string): Micro => {
    const shown = presented(token)
    const check = () => verifyAccessToken(shown, trusted, remembers ? memo : nothing, NOW)
    if (outcome(check()) !== expected) throw new Error(`${title}: ${outcome(check())}`)
    return { title: `access token: ${title}`, once: () => void check() }
  }
  return [
    judged('verified before', good, true, 'accepted'),
    judged('never seen', good, false, 'accepted'),
    judged('expired', aToken({ claims: { exp: NOW - 60, iat: NOW - 600 } }), false, 'TOKEN_EXPIRED'),
    judged('of another audience', aToken({ claims: { aud: 'https://x.example' } }), false, 'TOKEN_AUDIENCE'),
    judged('forged', forged, false, 'TOKEN_SIGNATURE'),
    judged('malformed', 'e30.'.repeat(150), false, 'TOKEN_NOT_JWT'),
  ]
}
