import type { UnixSeconds } from '../domain/check.ts'
import type { Denial } from '../domain/denial.ts'
import type { Need } from '../domain/need.ts'
import type { Revocations } from '../domain/ports.ts'
import { D as T } from '../verify/access-token/denials.ts'
import type { AccessToken } from '../verify/access-token/token.ts'
import { checkStatus } from '../verify/status-list/check.ts'

/**
 * Whether a token that is valid by itself was taken back (FAPI2-SP §5.3.4(3)): first by what operators said, which costs
 * a look-up, then by its issuer's status list. Asked at every use, also of a token that was verified before.
 */
export function checkRevocation(
  token: AccessToken,
  revocations: Revocations,
  now: UnixSeconds,
): Denial | Need | undefined {
  if (revocations.hits(token, now)) return T.TOKEN_REVOKED
  const rules = token.trust.status
  return rules === null ? undefined : checkStatus(token.claims, rules, now)
}
