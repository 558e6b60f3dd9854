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
  GRANT_INSUFFICIENT: [
    403,
    'insufficient_scope',
    'used',
    'RFC 9700 §4.15',
    "The access token speaks for a user where this resource wants the client's own, or the other way round.",
    'Use a token of the other kind: of the authorization code flow for a user, of client credentials for the client.',
  ],
  CLAIM_INSUFFICIENT: [
    403,
    'insufficient_scope',
    'used',
    'RFC 6750 §3.1',
    'A claim that this resource demands is not in the access token, or is another.',
    'Ask the operator which claim it is (the record says so), and the authorization server to issue it.',
  ],
  ACR_INSUFFICIENT: [
    401,
    'insufficient_user_authentication',
    'used',
    'RFC 9470 §3',
    'The user was not authenticated in a way that this resource accepts; authorize again with acr_values.',
    'Send the user through authorization again, with the acr_values of the challenge, and use the new token.',
  ],
  AUTHENTICATION_TOO_OLD: [
    401,
    'insufficient_user_authentication',
    'used',
    'RFC 9470 §3',
    'The user was authenticated too long ago for this resource, or nobody says when; authorize again with max_age.',
    'Send the user through authorization again, with the max_age of the challenge, and use the new token.',
  ],
})
