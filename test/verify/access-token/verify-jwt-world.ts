import type { IssuerTrust } from '../../../src/verify/access-token/issuer-trust.ts'
import { verifyAccessToken } from '../../../src/verify/access-token/verify-jwt.ts'
import { NOW } from '../../support/clock.ts'
import type { Members } from '../../support/jws.ts'
import { aKey } from '../../support/keys.ts'
import { outcome } from '../../support/outcome.ts'
import { aToken, aTrust, presented } from '../../support/token.ts'

export const ISSUING = aKey('ES256', 'issuer')

export const verify = (token: string, trust: IssuerTrust = aTrust()) =>
  outcome(verifyAccessToken(presented(token), [trust], new Map(), NOW))

/** Of a valid token but for this. */
export const header = (changes: Members) => verify(aToken({ header: changes }))
export const claims = (changes: Members, trust?: IssuerTrust) => verify(aToken({ claims: changes }), trust)
