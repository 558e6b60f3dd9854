import type { ConditionFacts } from '../verify/authority/condition.ts'

/** A member of what a condition is given: its type in CEL, and what it is. */
export interface Member {
  readonly type: string
  readonly meaning: string
}

/** The variables of a condition with their members, besides `now`. What is absent has no member (src/decisions/0015). */
export const MEMBERS: {
  readonly [Name in 'token' | 'sender' | 'request']: Readonly<Record<keyof ConditionFacts[Name], Member>>
} = {
  token: {
    issuer: { type: 'string', meaning: '`iss`.' },
    subject: { type: 'string', meaning: '`sub`; absent where the token has none.' },
    client_id: {
      type: 'string',
      meaning:
        '`client_id`, or what the `dialect` of the issuer has for it; absent where the issuer does not say.',
    },
    grant: {
      type: 'string',
      meaning:
        'For whom the token speaks: `user` or `client`; absent where it has no `sub`, and no rule of the dialect says so.',
    },
    scopes: { type: 'list<string>', meaning: 'The scopes, one by one.' },
    claims: {
      type: 'map<string, dyn>',
      meaning: 'All claims of the token by name: `token.claims.tenant`, or `token.claims["org.id"]`.',
    },
  },
  sender: {
    jkt: { type: 'string', meaning: 'Thumbprint of the DPoP key that was proved; absent where none is.' },
    x5t: {
      type: 'string',
      meaning:
        'SHA-256 thumbprint of the client certificate that was proved, in base64url; absent where none is.',
    },
  },
  request: {
    method: { type: 'string', meaning: 'The method.' },
    host: { type: 'string', meaning: 'The authority that was called, as in `public_origin`.' },
    path: { type: 'string', meaning: 'The path in normal form, without the query.' },
    parameters: {
      type: 'map<string, string>',
      meaning:
        'The segments that the path of the route names: `request.parameters.accountId` for `/accounts/{accountId}`.',
    },
  },
}

/** The moment of the request; the only variable without members. */
export const NOW: Member = {
  type: 'google.protobuf.Timestamp',
  meaning: 'The time; `now.getHours()` is in UTC.',
}

/** Macros that walk through a list; none of them inside another. */
export const LOOPS: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'filter', 'map'])

/** All that can be called besides: nothing that takes long or grows what it is given. */
export const FUNCTIONS: ReadonlySet<string> = new Set([
  'has',
  'size',
  'type',
  'dyn',
  'bool',
  'int',
  'double',
  'string',
  'startsWith',
  'endsWith',
  'contains',
  'lowerAscii',
  'upperAscii',
  'trim',
  'timestamp',
  'duration',
  'getFullYear',
  'getMonth',
  'getDate',
  'getDayOfMonth',
  'getDayOfWeek',
  'getDayOfYear',
  'getHours',
  'getMinutes',
  'getSeconds',
])
