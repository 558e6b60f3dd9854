import type * as z from 'zod'
import { memberName } from './authority.ts'
import { fieldName } from './cors.ts'
import { count, duration, entryName, filePath, mapping, oneOrList, text } from './value.ts'

const word = text('text', 'a text of at most 200 characters', /^[^\x00-\x1f\x7f]{1,200}$/)

const id = mapping({
  claim: memberName
    .exactOptional()
    .describe('Claim of the token that holds the id, by name or JSON Pointer.'),
  scope: text('scope prefix', 'what the scope begins with, such as consent:', /^[\x21\x23-\x5b\x5d-\x7e]+$/)
    .exactOptional()
    .describe('What the scope that holds the id begins with; the rest of it is the id.'),
  authorization_details: word
    .exactOptional()
    .describe('Type of the authorization details that hold the id (RFC 9396 §2), in `member`.'),
  member: memberName.exactOptional().describe('Member of them that is the id, by name or JSON Pointer.'),
  header: fieldName
    .exactOptional()
    .describe(
      'Header field of the request that names the consent, such as `Consent-ID`; beside one of the others it must name the same, alone only with `url`.',
    ),
})

const members = mapping({
  state: memberName.prefault('status').describe('Where a consent says its state.'),
  client_id: memberName
    .prefault('client_id')
    .describe(
      'Where it says of which client it is; one that does not say it is of no use, and answered 503.',
    ),
  permissions: memberName.prefault('permissions').describe('Where it lists what is granted.'),
  expires_at: memberName
    .prefault('expires_at')
    .describe(
      'Where it says until when, as seconds, a date and time or a date (RFC 3339), whose day counts, in UTC; absent: without end.',
    ),
  subject: memberName
    .exactOptional()
    .describe('Where it says which customer gave it; then that must be the `sub` of the token.'),
})

/** Who knows what customers agreed to. */
export const consentService = mapping({
  url: text(
    'https URL',
    'an https URL with {id} in its path',
    /^https:\/\/[^?#@\s\\]+\/[^?#@\s\\]*\{id\}[^?#@\s\\]*$/,
  )
    .exactOptional()
    .describe('Where a consent is asked for with GET; `{id}` stands for its id, as one segment of the path.'),
  from_claim: memberName
    .exactOptional()
    .describe(
      'Instead of `url`: the claim that holds the consent itself, of introspected tokens in the answer of the authorization server.',
    ),
  id: id.describe(
    'Where the consent is named: one of `claim`, `scope` and `authorization_details` of the token, `header`, or one of them and `header`.',
  ),
  members: members.prefault({}).describe('Where a consent says what, each by name or JSON Pointer.'),
  states: oneOrList(word, 'a state or a list of them').describe('States in which a consent is in force.'),
  cache: duration('0ms', '5m')
    .prefault('5s')
    .describe('How long an answer is remembered; 0ms asks at every request.'),
  timeout: duration('50ms', '30s')
    .prefault('2s')
    .describe('Time for an answer; after it requests are answered 503.'),
  max_connections: count(1, 1024)
    .prefault(64)
    .describe(
      'Most questions at a time; 16 times as many with those that wait, a quarter of them for one client, and beyond that requests are answered 503.',
    ),
  ca: filePath.exactOptional().describe('CA certificates of the service, PEM; default: those of Node.'),
  certificate: filePath.exactOptional().describe('Client certificate that we show to the service, PEM.'),
  private_key: filePath.exactOptional().describe('Its private key, PEM, not encrypted.'),
  token_file: filePath
    .exactOptional()
    .describe('File with the bearer token that we show to the service; white space around it is cut off.'),
})

/** What a route wants of it. */
export const consentDemand = mapping({
  service: entryName.describe('Name from `consents`.'),
  permissions: oneOrList(word, 'a permission or a list of them', 0)
    .prefault([])
    .describe('Permissions that the consent must grant, all of them.'),
  permissions_any: oneOrList(word, 'a permission or a list of them')
    .exactOptional()
    .describe('Permissions of which the consent must grant one.'),
})

export type ConsentServiceDocument = z.output<typeof consentService>
export type ConsentDemandDocument = z.output<typeof consentDemand>
