import { parseCompactJwt } from '../codec/compact-jws.ts'
import { isText } from '../codec/json.ts'
import { shown } from '../decision/explain/shown.ts'
import type { Exchange } from './exchange.ts'

/** Whom a token names that nobody has verified: of a refusal, or of what rules that only watch would have refused. Anybody may claim anything. */
export function clientClaimed({ facts, evidence, observation }: Exchange): string | undefined {
  if ((evidence.token?.clientId ?? observation?.clientId ?? null) !== null) return undefined
  const { presented } = evidence
  const jwt = presented === null ? parseCompactJwt(tokenOf(facts?.authorization ?? '')) : presented.jwt
  const claimed = CLIENT_CLAIMS.map((name) => jwt?.claims[name]).find(isText)
  return claimed === undefined ? undefined : shown(claimed, LONGEST_CLAIMED)
}

/** What stands behind the scheme, whichever that is. */
function tokenOf(authorization: string): string {
  return authorization.slice(authorization.indexOf(' ') + 1).trim()
}

/** Where the dialects have it; which of them it is, only a token that was verified says. */
const CLIENT_CLAIMS = ['client_id', 'azp', 'cid', 'appid']
/** Characters. */
const LONGEST_CLAIMED = 200
