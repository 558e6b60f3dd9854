import { type Denial, isDenial } from '../../domain/denial.ts'
import type { BodyCheck, HeldBody } from '../../domain/held-body.ts'
import type { RequestFacts } from '../../domain/request-facts.ts'
import { D } from './denials.ts'
import {
  type DigestMode,
  type ExpectedDigest,
  type ExpectedDigests,
  expectDigests,
  hasDecisiveTrailer,
} from './expect.ts'

/** The rule of a route about digests. */
export function digestRule(mode: DigestMode): (facts: RequestFacts) => BodyCheck | Denial | undefined {
  return (facts) => {
    const expected = expectDigests(facts, mode)
    if (isDenial(expected)) return expected
    const all = [...expected.content, ...expected.representation]
    if (all.length === 0 && (expected.wanting === null || !facts.hasBody)) return undefined
    return {
      check: (body) => matchDigests(body, expected),
      algorithms: [...new Set(all.map(({ algorithm }) => algorithm))],
    }
  }
}

/** Whether the body is what its digests say: every one that counts must match, for the weakest would else be enough (RFC 9530 §6.6). */
export function matchDigests(body: HeldBody, expected: ExpectedDigests): Denial | undefined {
  if (hasDecisiveTrailer(body.trailers)) return D.DIGEST_IN_TRAILER
  if (expected.wanting !== null && body.length > 0) return expected.wanting
  if (!matches(body, expected.content)) return D.DIGEST_MISMATCH
  return matches(body, expected.representation) ? undefined : D.DIGEST_REPRESENTATION
}

function matches({ digests }: HeldBody, expected: readonly ExpectedDigest[]): boolean {
  return expected.every(({ algorithm, digest }) => digests.get(algorithm)?.equals(digest) === true)
}
