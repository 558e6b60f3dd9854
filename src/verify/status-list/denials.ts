import { catalogue } from '../../domain/denial.ts'

export const D = catalogue({
  TOKEN_STATUS_INVALID: [
    401,
    'invalid_token',
    'used',
    'TSL §7.1',
    'The token is not valid any more: the status list of its issuer says so.',
  ],
  TOKEN_STATUS_ABSENT: [
    401,
    'invalid_token',
    'used',
    'TSL §6.2',
    'The token refers to no status list, and this resource requires that its issuer keeps one.',
  ],
  TOKEN_STATUS_MALFORMED: [
    401,
    'invalid_token',
    'used',
    'TSL §8.3',
    "The token's status claim is malformed, or names no entry of the status list.",
  ],
  TOKEN_STATUS_ORIGIN: [
    503,
    '',
    'none',
    'TSL §11.4',
    'The token refers to a status list at an origin that this resource does not ask, so the token cannot be judged.',
  ],
  TOKEN_STATUS_UNAVAILABLE: [
    503,
    '',
    'none',
    'RFC 9110 §15.6.4',
    "The issuer's status list could not be fetched, so the token cannot be judged. Try again.",
  ],
})
