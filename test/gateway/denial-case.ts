import type { Citation } from '../../src/domain/citation.ts'
import type { Call } from '../support/wire-client.ts'
import { ORIGIN } from '../support/wire-tokens.ts'

/** Which challenges an answer carries: none; all without an error; the error in one; the error in all. */
export type Challenges = 'none' | 'plain' | 'DPoP' | 'Bearer' | 'both'

export type Request = Omit<Call, 'port' | 'version'>

/** One denial, how it comes about, and what the client must get. */
export interface DenialCase {
  readonly code: string
  readonly status: number
  readonly cite: Citation
  readonly error: string
  readonly challenges: Challenges
  readonly request: () => Request | Promise<Request>
  readonly versions: readonly ('1.1' | '2')[]
  /** The schemes of the route it happens on. */
  readonly schemes: readonly ('DPoP' | 'Bearer')[]
}

type Extras = Partial<Pick<DenialCase, 'versions' | 'schemes'>>

/** A refusal that is no matter of credentials. */
export function plainly(
  code: string,
  status: number,
  cite: Citation,
  request: DenialCase['request'],
  extras: Extras = {},
): DenialCase {
  return {
    code,
    status,
    cite,
    error: '',
    challenges: 'none',
    request,
    versions: BOTH,
    schemes: SCHEMES,
    ...extras,
  }
}

/** A refusal with challenges (RFC 9110 §11.6.1). */
export function challenged(
  code: string,
  [status, error, challenges]: readonly [number, string, Challenges],
  cite: Citation,
  request: DenialCase['request'],
  extras: Extras = {},
): DenialCase {
  return { ...plainly(code, status, cite, request, extras), error, challenges }
}

/** The WWW-Authenticate fields, in their order, that RFC 6750 §3 and RFC 9449 §7.1 ask for. */
export function expectedChallenges(
  { error, challenges, schemes }: DenialCase,
  says: string,
  scope: string,
): string[] {
  if (challenges === 'none') return []
  return schemes.map((scheme) => {
    const tells = error !== '' && (challenges === 'both' || challenges === scheme)
    const parameters = [
      `realm="${ORIGIN}"`,
      ...(tells ? [`error="${error}"`, `error_description="${says}"`] : []),
      ...(tells && error === 'insufficient_scope' ? [`scope="${scope}"`] : []),
      ...(scheme === 'DPoP' ? ['algs="PS256 ES256 EdDSA Ed25519"'] : []),
    ]
    return `${scheme} ${parameters.join(', ')}`
  })
}

const BOTH = ['1.1', '2'] as const
const SCHEMES = ['DPoP', 'Bearer'] as const
