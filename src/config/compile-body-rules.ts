import type { BodyRule } from '../decision/route.ts'
import { digestRule } from '../verify/content-digest/match.ts'
import type { RequireDocument } from './document.ts'

/** What is judged of bodies on a route, in this order. `keeps`: evidence is kept of them, or the upstream gets them signed, so each is held whole and hashed. */
export function compileBodyRules(require: RequireDocument, keeps: boolean): readonly BodyRule[] {
  const mode = digestModeOf(require)
  return [...(mode === 'off' ? [] : [digestRule(mode)]), ...(keeps ? [KEPT] : [])]
}

/** What is signed of a body is its digest (FAPI2-HTTPSIG §5.3.1.2(8)), so a signature is worth nothing without. */
function digestModeOf({ content_digest: mode, signature }: RequireDocument): 'off' | 'optional' | 'required' {
  return mode ?? (signature === undefined ? 'off' : 'required')
}

const KEPT: BodyRule = ({ hasBody }) =>
  hasBody ? { check: () => undefined, algorithms: ['sha-256'] } : undefined
