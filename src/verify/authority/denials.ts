import { catalogue } from '../../domain/denial.ts'

export const D = catalogue({
  SCOPE_INSUFFICIENT: [
    403,
    'insufficient_scope',
    'used',
    'RFC 6750 §3.1',
    'The access token does not carry the scope that this resource demands; the challenge names it.',
    'Ask for a token with the scope that the challenge names, if need be with the consent of the customer.',
  ],
})
