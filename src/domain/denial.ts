import type { Citation } from './citation.ts'

/** OAuth error codes a challenge may carry; '' says nothing, as RFC 6750 §3.1 orders where no credentials came. */
export type OAuthError =
  | ''
  | 'invalid_request'
  | 'invalid_token'
  | 'insufficient_scope'
  | 'insufficient_user_authentication'
  | 'invalid_dpop_proof'
  | 'use_dpop_nonce'

/**
 * Whether the answer carries `WWW-Authenticate`: `none` for what is no matter of credentials, `used` puts the error in
 * the challenge of the scheme that the client used, where the route has it, `all` in every one.
 */
export type Challenged = 'none' | 'used' | 'all'

/** Why a request is refused: one frozen row of a catalogue, returned, never thrown. */
export class Denial {
  /** Stable: the metric label, the word in the record, the member `code` of the body. */
  readonly code: string
  readonly status: number
  readonly error: OAuthError
  readonly challenged: Challenged
  /** The clause that orders the refusal. */
  readonly cite: Citation
  /** A sentence that a developer can act on; safe to show. */
  readonly says: string
  /** What to do about it, for the client's developer, and where it is theirs to act for the operator. */
  readonly remedy: string

  constructor(code: string, row: DenialRow) {
    const [status, error, challenged, cite, says, remedy] = row
    this.code = code
    this.status = status
    this.error = error
    this.challenged = challenged
    this.cite = cite
    this.says = says
    this.remedy = remedy
    Object.freeze(this)
  }
}

export type DenialRow = readonly [
  status: number,
  error: OAuthError,
  challenged: Challenged,
  cite: Citation,
  says: string,
  remedy: string,
]

/** Turns rows into frozen denials, each under its own code. */
export function catalogue<const Code extends string>(
  rows: Readonly<Record<Code, DenialRow>>,
): Readonly<Record<Code, Denial>> {
  const denials = {} as Record<Code, Denial>
  for (const code of Object.keys(rows) as Code[]) denials[code] = new Denial(code, rows[code])
  return Object.freeze(denials)
}

export function isDenial(value: unknown): value is Denial {
  return value instanceof Denial
}
