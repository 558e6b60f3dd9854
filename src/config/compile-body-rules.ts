import type { BodyRule, Demands } from '../decision/route.ts'
import { digestRule } from '../verify/content-digest/match.ts'
import type { RequireDocument } from './document.ts'

/** What is judged of bodies on a route, in this order. `keeps`: evidence is kept of them, or the upstream gets them signed, so each is held whole and hashed. */
export function compileBodyRules(
  { content_digest: said }: RequireDocument,
  signatures: Signatures,
  keeps: boolean,
): readonly BodyRule[] {
  const asked = said ?? impliedMode(signatures)
  // An answer is signed over the digest that came with its request, so that must be one that can be compared.
  const mode = asked === 'optional' && signatures.signedAnswers !== null ? 'counting' : asked
  return [...(mode === 'off' ? [] : [digestRule(mode)]), ...(keeps ? [KEPT] : [])]
}

/** What is signed of a body is its digest (FAPI2-HTTPSIG §5.3.1.2(8)), so the signature of a request is worth nothing without. */
function impliedMode({ signature, signedAnswers }: Signatures): 'off' | 'optional' | 'required' {
  if (signature !== null) return 'required'
  return signedAnswers === null ? 'off' : 'optional'
}

type Signatures = Pick<Demands, 'signature' | 'signedAnswers'>

const KEPT: BodyRule = ({ hasBody }) =>
  hasBody ? { check: () => undefined, algorithms: ['sha-256'] } : undefined
