import { catalogue } from '../../domain/denial.ts'

export const D = catalogue({
  TOKEN_STATUS_INVALID: [
    401,
    'invalid_token',
    'used',
    'TSL §7.1',
    'The token is not valid any more: the status list of its issuer says so.',
    'Ask for a new token; if that fails as well, the authorization server has withdrawn access.',
  ],
  TOKEN_STATUS_ABSENT: [
    401,
    'invalid_token',
    'used',
    'TSL §6.2',
    'The token refers to no status list, and this resource requires that its issuer keeps one.',
    'Operators: let the authorization server put status.status_list into its tokens, or take status_list.required from the issuer.',
  ],
  TOKEN_STATUS_MALFORMED: [
    401,
    'invalid_token',
    'used',
    'TSL §8.3',
    "The token's status claim is malformed, or names no entry of the status list.",
    'Ask for a new token. Operators: compare status.status_list of a token with the length of the list.',
  ],
  TOKEN_STATUS_ORIGIN: [
    503,
    '',
    'none',
    'TSL §6.2',
    'The token refers to a status list at an origin that this resource does not ask, so the token cannot be judged.',
    'Operators: status_list.origins of the issuer, if the origin is one of its own.',
  ],
  TOKEN_STATUS_UNAVAILABLE: [
    503,
    '',
    'none',
    'RFC 9110 §15.6.4',
    "The issuer's status list could not be fetched, so the token cannot be judged. Try again.",
    'Send the request again after Retry-After. Operators: the log says why the list could not be fetched.',
  ],
})
