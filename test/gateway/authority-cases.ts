import { clientCertificate } from '../support/wire-pki.ts'
import { credentials, token } from '../support/wire-tokens.ts'
import type { Request } from './denial-case.ts'

/** A refusal by a rule of authority, and what is refused; on `AUTHORITY_ROUTES`. */
export interface AuthorityCase {
  readonly code: string
  readonly versions: readonly ('1.1' | '2')[]
  readonly request: () => Request | Promise<Request>
}

const PAYMENT = { type: 'payment', actions: ['pay'], amount: { value: '120.50', currency: 'EUR' } }
const AMOUNT = {
  type: 'payment',
  actions: 'pay',
  match: {
    '/amount/value': { body: '/sum/value', as: 'decimal' },
    '/amount/currency': { body: '/sum/currency' },
  },
}

export const AUTHORITY_ROUTES = [
  guarded('/of/grant', { grant: 'client' }),
  guarded('/of/claim', { claims: { tenant: 'north' } }),
  guarded('/of/holder', { claims: { software: { certificate_subject: 'CN', prefix: 'client-' } } }),
  guarded('/of/role', { psd2_role: ['PSP_AI', 'PSP_AS'] }),
  guarded('/of/role/ic', { psd2_role: 'PSP_IC' }),
  guarded('/of/condition', { condition: 'token.claims.level > 1' }),
  guarded('/of/acr', { acr: 'gold' }),
  guarded('/of/age', { max_age: '5m' }),
  guarded('/of/scope', { scope_any: ['cards', 'loans'] }),
  guarded('/of/details', { authorization_details: [AMOUNT] }),
  guarded('/of/digest', { authorization_details: [AMOUNT], content_digest: 'required' }),
]

/** Every rule of authority that refuses, of the head and of the body. */
export const AUTHORITY_CASES: readonly AuthorityCase[] = [
  head('GRANT_INSUFFICIENT', '/of/grant', {}),
  head('CLAIM_INSUFFICIENT', '/of/claim', {}),
  head('CERTIFICATE_NAME', '/of/holder', { software: '1' }),
  held('CERTIFICATE_NAME', '/of/holder', { software: ['1'] }),
  held('CERTIFICATE_NAME', '/of/holder', {}),
  head('CERTIFICATE_ROLE', '/of/role', {}),
  held('CERTIFICATE_ROLE', '/of/role/ic', {}),
  head('CONDITION_UNMET', '/of/condition', { level: 1 }),
  head('CONDITION_FAILED', '/of/condition', {}),
  head('ACR_INSUFFICIENT', '/of/acr', {}),
  head('AUTHENTICATION_TOO_OLD', '/of/age', {}),
  head('SCOPE_INSUFFICIENT', '/of/scope', {}),
  body('AUTHORIZATION_DETAILS_INSUFFICIENT', '{}', { details: [{ type: 'payment', actions: ['read'] }] }),
  body('AUTHORIZATION_DETAILS_BODY', '{"sum":{"value":"120.51","currency":"EUR"}}'),
  body('AUTHORIZATION_DETAILS_BODY', '{"sum":{"value":120.5,"currency":"USD"}}'),
  body('BODY_MEDIA_TYPE', '{}', { type: 'text/plain' }),
  body('BODY_JSON', '{"sum":1,"sum":2}'),
  body('BODY_FIELD_ABSENT', '{"sum":{}}'),
  body('BODY_FIELD_ABSENT', ''),
  body('BODY_FIELD_TYPE', '{"sum":{"value":true,"currency":"EUR"}}'),
  body('DIGEST_MISMATCH', '{"sum":{"value":"120.50","currency":"EUR"}}', {
    path: '/of/digest',
    digest: 'sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:',
  }),
]

/** What the same rules admit. */
export const AUTHORITY_PASSES: readonly AuthorityCase[] = [
  head('claims', '/of/claim', { tenant: 'north' }),
  held('certificate', '/of/holder', { software: '1' }),
  held('role', '/of/role', {}),
  head('condition', '/of/condition', { level: 2 }),
  head('acr', '/of/acr', { acr: 'gold' }),
  head('scope', '/of/scope', { scope: 'loans' }),
  body('details', '{"sum":{"value":"1.205e2","currency":"EUR"}}'),
]

function guarded(path: string, require: object) {
  return { path, upstream: 'bank', require: { issuer: 'bank', ...require } }
}

function head(code: string, path: string, claims: object): AuthorityCase {
  return {
    code,
    versions: ['1.1', '2'],
    request: () => ({ path, fields: credentials(path, { accessToken: token({ claims: { ...claims } }) }) }),
  }
}

/** On a connection with the certificate of `client-1`. */
function held(code: string, path: string, claims: object): AuthorityCase {
  const { versions, request } = head(code, path, claims)
  return {
    code,
    versions,
    request: async () => ({ ...(await request()), certificate: await clientCertificate('client-1') }),
  }
}

interface Given {
  readonly details?: unknown
  readonly type?: string
  readonly path?: string
  readonly digest?: string
}

function body(code: string, text: string, given: Given = {}): AuthorityCase {
  const { details = [PAYMENT], type = 'application/json', path = '/of/details', digest } = given
  const accessToken = () => token({ claims: { authorization_details: details } })
  return {
    code,
    versions: ['1.1', '2'],
    request: () => ({
      method: 'POST',
      path,
      fields: [
        ...credentials(path, { method: 'POST', accessToken: accessToken() }),
        ...['content-type', type],
        ...(digest === undefined ? [] : ['content-digest', digest]),
      ],
      body: text,
    }),
  }
}
