import * as z from 'zod'
import { publicOrigin } from './network.ts'
import { duration, mapping, oneOrList, text } from './value.ts'

/** Of a header field. */
export const fieldName = text('field name', 'the name of a field', /^[0-9A-Za-z-]+$/)
const scriptOrigin = z.union([z.literal('*'), publicOrigin], {
  error: 'an https origin without a path, such as https://app.example, or *',
})

/** Calls of scripts in browsers, from other origins. */
export const cors = mapping({
  origins: oneOrList(scriptOrigin, 'an https origin or a list of them').describe(
    'Origins whose scripts may call the route and read its answers; `*` on public routes alone.',
  ),
  allow_headers: oneOrList(fieldName, 'a field name or a list of them', 0)
    .prefault([])
    .describe(
      'Fields that scripts may send, besides those of OAuth, DPoP, message signatures, Content-Type and x-fapi-interaction-id.',
    ),
  expose_headers: oneOrList(fieldName, 'a field name or a list of them', 0)
    .prefault([])
    .describe(
      'Fields of answers that scripts may read, besides challenges, nonces, signatures, Retry-After and x-fapi-interaction-id.',
    ),
  max_age: duration('0ms', '24h')
    .prefault('10m')
    .describe('How long a browser may remember the answer to a preflight.'),
})

export type CorsDocument = z.output<typeof cors>
