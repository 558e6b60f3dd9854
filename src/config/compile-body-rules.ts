import type { BodyRule } from '../decision/route.ts'
import { digestRule } from '../verify/content-digest/match.ts'
import type { RequireDocument } from './document.ts'

/** What is judged of bodies on a route, in this order. */
export function compileBodyRules(require: RequireDocument): readonly BodyRule[] {
  const mode = digestModeOf(require)
  return mode === 'off' ? [] : [digestRule(mode)]
}

/** What is signed of a body is its digest (FAPI2-HTTPSIG §5.3.1.2(8)), so a signature is worth nothing without. */
function digestModeOf({ content_digest: mode, signature }: RequireDocument): 'off' | 'optional' | 'required' {
  return mode ?? (signature === undefined ? 'off' : 'required')
}
