import * as z from 'zod'
import { type DialectName, dialects } from '../../verify/access-token/dialects.ts'
import { choice, flag, mapping, oneOrList, text } from './value.ts'

const claim = text('claim', 'the name of a claim')
const DIALECTS = Object.keys(dialects) as [DialectName, ...DialectName[]]
const name = choice(...DIALECTS)
const GRANT_RULE = 'a rule with a claim, at most one of is, starts_with and same_as, and a grant'

const grantRule = mapping({
  claim: claim.describe('The claim that is looked at; without another key it need only be there.'),
  is: text('text', 'a text').exactOptional().describe('What it must be.'),
  starts_with: text('text', 'a text').exactOptional().describe('How it must begin.'),
  same_as: claim.exactOptional().describe('The claim that must have the same value.'),
  grant: choice('user', 'client').describe('Whom the token speaks for then.'),
}).refine(
  (rule) => [rule.is, rule.starts_with, rule.same_as].filter((test) => test !== undefined).length < 2,
  { error: GRANT_RULE },
)

const claims = z.array(claim, { error: 'a list of claims' })

const own = mapping({
  extends: name.prefault('rfc9068').describe('The dialect that holds for what is not said here.'),
  typ: oneOrList(text('typ', 'a typ such as at+jwt, or none', /^[^\s/;]+$/), 'a typ or a list of them')
    .exactOptional()
    .describe('What `typ` of the header may be; `none`: it may be missing.'),
  marks: z
    .record(claim, oneOrList(text('text', 'a text'), 'a value or a list of them'), {
      error: 'a mapping from claims to their values',
    })
    .exactOptional()
    .describe(
      'Claims that say of what kind a token is, with the values of an access token; `none`: it may be missing.',
    ),
  required: claims
    .exactOptional()
    .describe('Claims that must be there, besides `iss`, `aud`, `exp` and a client id.'),
  refused: claims.exactOptional().describe('Claims that no access token has.'),
  scope: oneOrList(text('claim', 'a claim such as scope, or scp[] for a list of texts'), 'a claim or a list')
    .exactOptional()
    .describe(
      'Where the scopes are, the first that is there: `scope` is a text of words, `scp[]` a list of texts.',
    ),
  client_id: oneOrList(claim, 'a claim or a list of them')
    .exactOptional()
    .describe('Where the client id is, the first that is there; `aud` where it has one value alone.'),
  grant: z
    .array(grantRule, { error: 'a list of rules' })
    .exactOptional()
    .describe(
      'Whether a token speaks for a user or for its client; the first rule that fits, else a user where it has a `sub`, and nobody where it has none.',
    ),
  client_as_audience: flag()
    .exactOptional()
    .describe('Whether the client may be an audience of its own token, as it is of an ID token.'),
})

export const dialect = z.union([name, own], {
  error: `one of ${DIALECTS.join(', ')}, or a mapping that extends one`,
})

export type DialectDocument = z.output<typeof dialect>
export type OwnDialectDocument = z.output<typeof own>
