import { nowSeconds } from '../support/wire-tokens.ts'

/** A payment with all that it takes, before anything is wrong with it. */
export interface Draft {
  method: string
  path: string
  fields: string[]
  token: Record<string, unknown>
  proof: Record<string, unknown>
  thief: boolean
  scheme: string | null
  body: string
  digested: string
  /** What the signature says that the method is; null: what it is. */
  signedMethod: string | null
}

export type Spoil = (draft: Draft) => void

export interface Rung {
  readonly what: string
  readonly code: string
  readonly status: number
  /** The error of the challenges that tell one: null, no challenge at all. */
  readonly error: string | null
  readonly spoil: Spoil
}

/** What is wrong, in the order in which it is answered: with a rung all that stand below it are wrong as well. */
export const LADDER: readonly Rung[] = [
  rung('a foreign host', 'HOST_FOREIGN', 421, null, ({ fields }) => fields.push('host', 'other.example')),
  rung('a forbidden field', 'FIELD_NAME', 400, null, ({ fields }) => fields.push('x_user', 'root')),
  rung('a body that is too large', 'BODY_TOO_LARGE', 413, null, (draft) => {
    draft.body = 'x'.repeat(2048)
  }),
  rung('two DPoP fields', 'FIELD_DUPLICATED', 400, 'invalid_request', ({ fields }) =>
    fields.push('dpop', 'another'),
  ),
  rung('a token in the query as well', 'TOKEN_IN_QUERY', 400, 'invalid_request', (draft) => {
    draft.path += '?access_token=x'
  }),
  rung('a token that has expired', 'TOKEN_EXPIRED', 401, 'invalid_token', ({ token: claims }) => {
    claims['exp'] = nowSeconds() - 1
  }),
  rung('a proof for another method', 'DPOP_HTM', 401, 'invalid_dpop_proof', ({ proof: claims }) => {
    claims['htm'] = 'GET'
  }),
  rung("a thief's key", 'DPOP_JKT', 401, 'invalid_token', (draft) => {
    draft.thief = true
  }),
  rung('no nonce', 'DPOP_NONCE', 401, 'use_dpop_nonce', ({ proof: claims }) => {
    delete claims['nonce']
  }),
  rung('another signature than was made', 'SIG_INVALID', 401, 'invalid_request', (draft) => {
    draft.signedMethod = 'PUT'
  }),
  rung(
    'a weak authentication',
    'ACR_INSUFFICIENT',
    401,
    'insufficient_user_authentication',
    ({ token: claims }) => {
      delete claims['acr']
    },
  ),
  rung('no scope', 'SCOPE_INSUFFICIENT', 403, 'insufficient_scope', ({ token: claims }) => {
    claims['scope'] = 'other'
  }),
  rung(
    'details for another account',
    'AUTHORIZATION_DETAILS_INSUFFICIENT',
    403,
    'insufficient_scope',
    ({ token: claims }) => {
      claims['authorization_details'] = [{ type: 'payment', actions: ['read'] }]
    },
  ),
  rung('a consent that was revoked', 'CONSENT_STATE', 403, null, ({ token: claims }) => {
    claims['consent_id'] = 'revoked'
  }),
  rung('another body than was digested', 'DIGEST_MISMATCH', 400, null, (draft) => {
    draft.digested = 'another'
  }),
  rung(
    'another amount than was authorized',
    'AUTHORIZATION_DETAILS_BODY',
    403,
    'insufficient_scope',
    (draft) => {
      draft.body = draft.body.replace('10.00', '99.00')
      draft.digested = draft.digested === 'another' ? 'another' : draft.body
    },
  ),
]

/** The one with this code, alone. */
export function spoilOf(code: string): Spoil {
  return LADDER.find((each) => each.code === code)!.spoil
}

export function changed(change: Partial<Draft>): Spoil {
  return (draft) => Object.assign(draft, change)
}

function rung(what: string, code: string, status: number, error: string | null, spoil: Spoil): Rung {
  return { what, code, status, error, spoil }
}
