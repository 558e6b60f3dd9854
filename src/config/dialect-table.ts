import { type Dialect, NONE } from '../verify/access-token/dialect.ts'
import { type DialectName, dialects } from '../verify/access-token/dialects.ts'

/** The head and the rows of the table of dialects, from the presets themselves. */
export function dialectTable(): string[][] {
  const rows = Object.entries(dialects).map(([name, dialect]) => [
    `\`${name}\``,
    spelt([...dialect.types]),
    [...dialect.required.map(code), ...kinds(dialect)].join(', '),
    spelt(dialect.scope.map(({ claim, shape }) => (shape === 'list' ? `${claim}[]` : claim))),
    spelt(dialect.clientId),
    AUDIENCES[name as DialectName],
    dialect.clientAsAudience ? 'yes' : 'no',
  ])
  return [['Dialect', '`typ`', 'Required', 'Scopes', 'Client id', 'Usual `aud`', 'Client in `aud`'], ...rows]
}

export const DIALECTS_BEFORE = `
The dialects. \`iss\`, \`aud\`, \`exp\` and a client id are required in each. Where several places are named, the
first that is there counts. \`scp[]\` is a list of texts, \`scope\` a text of words; \`none\` as \`typ\`: it may be missing. "Client in \`aud\`" says
whether a token may name its own client as an audience. A claim of the payload with \`=\` must have one of these values.
`

export const DIALECTS_AFTER = `
**ForgeRock** (PingAM) writes the client id into the \`aud\` of its stateless tokens. With a URL as \`audience\` the file is good, but every
such token is refused with \`TOKEN_AUDIENCE\`. There are two ways out:

- Have an access token modification script of AM set it: \`accessToken.setField('aud', 'https://api.bank.example')\`. The token must then
  have \`client_id\` or \`azp\`, for else its \`aud\` is taken as the client id; the script can set \`client_id\` too. AM warns that a change to
  fields of its own can break its flows, so try introspection and refresh afterwards.
- List the client ids in \`audience\`, and reload for each new client. \`aud\` then no longer says for which API a token is: scopes must.
`

/** Claims of which each token must have one of these values, for they tell it from the other JWTs of its issuer. */
function kinds({ marks }: Dialect): string[] {
  return [...marks]
    .filter(([, values]) => !values.has(NONE))
    .map(([claim, values]) => `${code(claim)} = ${[...values].map(code).join(' or ')}`)
}

function spelt(words: readonly string[]): string {
  return words.map(code).join(', ')
}

function code(word: string): string {
  return `\`${word}\``
}

/** What the presets cannot say: what such a server writes unless it is told otherwise. */
const AUDIENCES: Readonly<Record<DialectName, string>> = {
  rfc9068: 'the resource that the client asked for (RFC 8707), else a default of the server',
  keycloak: '`account`, and what an audience mapper adds',
  okta: 'the audience of the custom authorization server, such as `api://default`',
  auth0: 'the identifier of the API, in a list with that of `/userinfo` where `openid` was asked for',
  entra: "version 2: the API's application id; version 1: its `api://` URI",
  forgerock: 'the client id; see below',
  curity: 'as configured there',
  authlete: 'the resource that the client asked for (RFC 8707)',
  mosaic: 'as configured there; look into a token',
}
