import type { BodyRule } from '../decision/route.ts'
import { digestRule } from '../verify/content-digest/match.ts'
import type { RequireDocument } from './document.ts'

/**
 * What is judged of bodies on a route, in this order. What is signed of a body is its digest (FAPI2-HTTPSIG §5.3.1.2(8)), so the
 * signature of a request is worth nothing without, and that of an answer is over the one that came, which must be true. `keeps`: evidence is kept of them, or the upstream gets them signed, so each is held whole
 * and hashed.
 */
export function compileBodyRules(
  digest: RequireDocument['content_digest'],
  { requests, answers }: { readonly requests: boolean; readonly answers: boolean },
  keeps: boolean,
): readonly BodyRule[] {
  const mode = digest ?? (requests ? 'required' : answers ? 'optional' : 'off')
  return [...(mode === 'off' ? [] : [digestRule(mode)]), ...(keeps ? [KEPT] : [])]
}

const KEPT: BodyRule = ({ hasBody }) =>
  hasBody ? { check: () => undefined, algorithms: ['sha-256'] } : undefined
