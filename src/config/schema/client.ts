import * as z from 'zod'
import { httpsUrl } from './network.ts'
import { count, filePath, mapping, text } from './value.ts'

/** Stands in the address of a directory for each client. */
const CLIENT_ID = '{client_id}'

const keySet = z.looseObject(
  {
    keys: z.array(z.looseObject({ kty: z.string({ error: 'a key type' }) }, { error: 'a JWK' }), {
      error: 'a list of JWKs',
    }),
  },
  { error: 'a JWK Set' },
)

export const client = mapping({
  client_id: text('text', 'a text that is not empty').describe(
    'The `client_id` of its access tokens; no two entries have the same.',
  ),
  jwks_file: filePath.exactOptional().describe('File with its keys (JWK Set, RFC 7517 §5).'),
  jwks_uri: httpsUrl
    .exactOptional()
    .describe('Where its keys are; fetched when it first signs, then kept fresh while it does.'),
  jwks: keySet.exactOptional().describe('Its keys, written here.'),
  ca: filePath
    .exactOptional()
    .describe('CA certificates of the server of `jwks_uri`, PEM; default: those of Node.'),
})

const DIRECTORY = `an https URL with ${CLIENT_ID} once, behind the host`

export const clientKeys = mapping({
  jwks_uri: text('https URL', DIRECTORY, /^https:\/\/[^/?#@\s\\{}]+\/[^#@\s\\{}]*\{client_id\}[^#@\s\\{}]*$/)
    .refine((given) => URL.canParse(given), { error: DIRECTORY })
    .describe(
      `Where a directory has the keys of a client (JWK Set); ${CLIENT_ID} stands for its percent-encoded \`client_id\`.`,
    ),
  ca: filePath.exactOptional().describe('CA certificates of the directory, PEM; default: those of Node.'),
  max_clients: count(1, 100_000)
    .prefault(1000)
    .describe('Clients whose keys are held at a time; beyond that the one longest unused is forgotten.'),
})
