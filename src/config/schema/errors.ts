import * as z from 'zod'
import { SLOTS, strangeSlots } from '../../decision/answer-body.ts'
import { choice, mapping, oneOrList, text } from './value.ts'

const format = choice('problem', 'oauth', 'custom')

/** Without control characters. */
const NAME = /^[^\x00-\x1f\x7f]{1,200}$/

/** Those that ask for no further field, but for the challenge of a 401. */
const STATUSES = [400, 401, 403, 404, 409, 422] as const

const template = z
  .unknown()
  .superRefine((given, { addIssue }) => {
    for (const fault of templateFaults(given, [])) addIssue({ code: 'custom', ...fault })
  })
  .meta({ title: 'JSON value' })

interface TemplateFault {
  readonly path: (string | number)[]
  readonly input: unknown
  readonly message: string
}

function* templateFaults(given: unknown, path: (string | number)[]): Iterable<TemplateFault> {
  if (typeof given === 'string' && strangeSlots(given).length > 0)
    yield { path, input: given, message: `a text in which braces have one of ${SLOTS.join(', ')}` }
  if (typeof given !== 'object' || given === null) return
  for (const [key, child] of Object.entries(given))
    yield* templateFaults(child, [...path, Array.isArray(given) ? Number(key) : key])
}

export const errors = mapping({
  format: format
    .prefault('problem')
    .describe(
      'Problem details (RFC 9457), a JSON object with `error` as in RFC 6749 §5.2, or the `body` that is said here.',
    ),
  media_type: text(
    'media type',
    'a media type such as application/json, alone or with ; charset=utf-8',
    /^[A-Za-z0-9.+-]+\/[A-Za-z0-9.+-]+(?:; ?charset=utf-8)?$/,
  )
    .prefault('application/json')
    .describe('Content-Type of that `body`.'),
  body: template
    .exactOptional()
    .describe(
      `Any JSON value. Names in braces are filled in: a text that is \`{status}\` alone becomes the value with its type, a member that is \`{documentation?}\` is left out where there is none, \`{now}\` is the time of the answer (RFC 3339, UTC). The names are ${SLOTS.map((slot) => `\`${slot}\``).join(', ')}.`,
    ),
  names: z
    .record(
      text('code', 'a code such as TOKEN_EXPIRED, or TOKEN_*', /^[A-Z][A-Z0-9_]*(?:_\*)?$/),
      text('text', 'a text', NAME),
      {
        error: 'a mapping of codes to texts',
      },
    )
    .prefault({})
    .describe(
      'What `{name}` is, by code, or by `TOKEN_*` for all that begin so and are not here themselves; the code itself for those that are not here.',
    ),
  titles: z
    .record(text('name', 'a code, or what an ecosystem calls it', NAME), text('text', 'a text', NAME), {
      error: 'a mapping of what is in `names`, or of codes, to texts',
    })
    .prefault({})
    .describe(
      'What `{title}` is, by what `{name}` is; for those that are not here a title of the status, of ours.',
    ),
  statuses: z
    .record(
      text('code', 'a code such as CONSENT_STATE', /^[A-Z][A-Z0-9_]*$/),
      z.literal(STATUSES, { error: `one of ${STATUSES.join(', ')}` }).meta({ title: 'status' }),
      { error: 'a mapping of codes to statuses' },
    )
    .prefault({})
    .describe(
      'Statuses that an ecosystem has otherwise than we, by code: of `CONSENT_…`, `CERTIFICATE_…`, `DIGEST_…`, and `BODY_…` of the rules. One that is 401 has a challenge (RFC 9110 §15.5.2), and none of `DIGEST_…` is.',
    ),
  echo: oneOrList(
    text('field name', 'the name of a field that begins with X-', /^[Xx]-[0-9A-Za-z-]+$/),
    'the name of a field or a list of them',
    0,
  )
    .prefault([])
    .describe(
      'Header fields of the request that refusals repeat, each where it is one UUID, such as `X-Request-ID`. `x-fapi-interaction-id` is in every answer anyway.',
    ),
  documentation: text(
    'https URL',
    'an https URL that ends in / or # or =, such as https://docs.bank.example/errors/',
    /^https:\/\/[^\s\\"<>]+[/#=]$/,
  )
    .refine((given) => URL.canParse(given), { error: 'an https URL' })
    .exactOptional()
    .describe(
      'Where the codes are explained; the code follows in lower case with hyphens, `dpop-htu`. It becomes `type` or `error_uri`; default: `type` is a URN, and there is no `error_uri`.',
    ),
})

export const routeErrors = mapping({
  format: format.describe('As in `errors.format`.'),
})

export type ErrorsDocument = z.output<typeof errors>
export type ErrorFormat = z.output<typeof format>
