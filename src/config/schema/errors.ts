import type * as z from 'zod'
import { choice, mapping, text } from './value.ts'

const format = choice('problem', 'oauth')

export const errors = mapping({
  format: format
    .prefault('problem')
    .describe('Problem details (RFC 9457), or a JSON object with `error` as in RFC 6749 §5.2.'),
  documentation: text(
    'https URL',
    'an https URL that ends in / or # or =, such as https://docs.bank.example/errors/',
    /^https:\/\/[^\s\\"<>]+[/#=]$/,
  )
    .refine((given) => URL.canParse(given), { error: 'an https URL' })
    .exactOptional()
    .describe(
      'Where the codes are explained; the code follows in lower case with hyphens, `dpop-htu`. It becomes `type` or `error_uri`; default: a URN, and none.',
    ),
})

export const routeErrors = mapping({
  format: format.describe('As in `errors.format`.'),
})

export type ErrorFormat = z.output<typeof format>
