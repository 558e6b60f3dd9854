import { utcTime } from '../codec/utc-time.ts'
import type { Denial } from '../domain/denial.ts'

/** How refusals are written. Data: what an ecosystem prescribes is another value of this type, not another function. */
export interface Renderer {
  readonly contentType: string
  readonly body: Template
  /** What an ecosystem calls a code of ours, by that, or by `TOKEN_*` all that begin so; `{name}` is the code itself where it has no name there. */
  readonly names?: Readonly<Record<string, string>>
  /** The title of a name; where there is none, of its status. */
  readonly titles?: Readonly<Record<string, string>>
}

/**
 * A JSON value with slots. A text that is one slot, `{status}`, becomes its value with its type; a member whose slot is
 * marked, `{documentation?}`, is left out where there is no value; within a text a slot is filled in as text.
 */
export type Template =
  | string
  | number
  | boolean
  | null
  | readonly Template[]
  | { readonly [member: string]: Template }

/** How a configuration, or one route of it, answers. */
export interface Answers {
  readonly renderer: Renderer
  /** What is written about codes begins with this: the code follows, in lower case with hyphens. Null: nothing is. */
  readonly documentation: string | null
  /** What an ecosystem has for the status of a denial, by its code. */
  readonly statuses?: Readonly<Record<string, number>>
  /** Header fields of a request, in lower case, that are repeated in its refusal where each is one UUID. */
  readonly echoes: readonly string[]
}

/** RFC 9457 §3, with `code`, `cite` and `interaction_id` as extension members. */
export const PROBLEM: Renderer = {
  contentType: 'application/problem+json',
  body: {
    type: '{type}',
    title: '{title}',
    status: '{status}',
    detail: '{detail}',
    code: '{code}',
    cite: '{cite}',
    interaction_id: '{interaction_id}',
    instance: 'urn:uuid:{interaction_id}',
  },
}

/** RFC 6749 §5.2, as authorization servers answer and some ecosystems ask of resources. */
export const OAUTH: Renderer = {
  contentType: 'application/json',
  body: { error: '{error?}', error_description: '{detail}', error_uri: '{documentation?}' },
}

/** Its own, unless an ecosystem has another. */
export function statusOf({ code, status }: Denial, { statuses }: Answers): number {
  return statuses?.[code] ?? status
}

/** Who is answered, and when. */
export interface Answered {
  readonly interactionId: string
  /** Unix seconds. */
  readonly now: number
  readonly answers: Answers
}

/**
 * The body of a refusal that leaves with this status. Of what is refused for one reason nothing but the interaction id and the time
 * differ, so the rest is written once.
 */
export function answerBody(
  denial: Denial,
  status: number,
  { interactionId, now, answers }: Answered,
): string {
  const { renderer, documentation } = answers
  let written = lastWritten.get(denial)
  if (
    written?.renderer !== renderer ||
    written.documentation !== documentation ||
    written.status !== status
  ) {
    written = { renderer, documentation, status, around: aroundId(denial, status, answers) }
    lastWritten.set(denial, written)
  }
  const text = written.around.join(JSON.stringify(interactionId).slice(1, -1))
  return text.replaceAll(NOW, () => utcTime(now))
}

/** What is around the interaction id, wherever that stands. */
function aroundId(denial: Denial, status: number, { renderer, documentation }: Answers): readonly string[] {
  const name = denial.code.toLowerCase().replaceAll('_', '-')
  const documented = documentation === null ? '' : documentation + name
  const called = nameOf(denial.code, renderer.names)
  const values: Values = {
    type: documented || `urn:holdfast:problem:${name}`,
    title: renderer.titles?.[called] ?? TITLES[status] ?? 'Refused',
    status,
    detail: denial.says,
    code: denial.code,
    name: called,
    cite: denial.cite,
    error: errorOf(denial),
    documentation: documented,
    interaction_id: ID,
    now: NOW,
  }
  return JSON.stringify(filled(renderer.body, values)).split(ID)
}

/** The most particular one there is: of `TOKEN_KEYS_UNAVAILABLE`, of `TOKEN_KEYS_*`, of `TOKEN_*`. */
function nameOf(code: string, names: Renderer['names'] = {}): string {
  if (names[code] !== undefined) return names[code]
  for (let end = code.lastIndexOf('_'); end > 0; end = code.lastIndexOf('_', end - 1)) {
    const name = names[`${code.slice(0, end)}_*`]
    if (name !== undefined) return name
  }
  return code
}

interface Written extends Pick<Answers, 'renderer' | 'documentation'> {
  readonly status: number
  readonly around: readonly string[]
}

type Values = Readonly<Record<string, string | number>>

export const SLOTS: readonly string[] = [
  'type',
  'title',
  'status',
  'detail',
  'code',
  'name',
  'cite',
  'error',
  'documentation',
  'interaction_id',
  'now',
]

/** The slots of a template that are none. */
export function strangeSlots(text: string): string[] {
  return [...text.matchAll(SLOT)].flatMap(([slot, name = '']) => (SLOTS.includes(name) ? [] : [slot]))
}

/** Undefined: left out. */
function filled(template: Template, values: Values): unknown {
  if (template === null) return null
  if (Array.isArray(template)) return template.map((each) => filled(each, values))
  if (typeof template === 'object') {
    return Object.fromEntries(
      Object.entries(template).map(([member, each]) => [member, filled(each as Template, values)]),
    )
  }
  if (typeof template !== 'string') return template
  const [, alone, mark] = ALONE.exec(template) ?? []
  if (alone === undefined) return template.replace(SLOT, (_, slot: string) => String(values[slot] ?? ''))
  const value = values[alone] ?? ''
  return value === '' && mark !== '' ? undefined : value
}

/** Where no credentials came there is no error to name (RFC 6750 §3.1); what is no matter of credentials has a general one. */
function errorOf({ error, status }: Denial): string {
  if (error !== '' || status === 401) return error
  if (status === 503) return 'temporarily_unavailable'
  return status >= 500 ? 'server_error' : 'invalid_request'
}

/** The way that each denial was last written: there are as many as there are denials. */
const lastWritten = new WeakMap<Denial, Written>()
/** They stand for an interaction id and for the time: noncharacters, which no text has (Unicode 16.0 §23.7). */
const [ID, NOW] = ['\uffff', '\ufffe']
const SLOT = /\{([a-z_]+)\??\}/g
const ALONE = /^\{([a-z_]+)(\??)\}$/
const TITLES: { readonly [status: number]: string } = {
  400: 'The request is malformed',
  401: 'The request is not authenticated',
  403: 'The access token does not suffice',
  404: 'Not found',
  405: 'Method not allowed',
  408: 'The request took too long',
  409: 'The request is in conflict with the resource',
  413: 'The body is too large',
  414: 'The request target is too long',
  415: 'The body cannot be judged in this form',
  417: 'The expectation cannot be met',
  421: 'Wrong host',
  422: 'The request cannot be carried out',
  425: 'Too early',
  431: 'The fields are too large',
  500: 'The gateway failed',
  502: 'The upstream did not answer',
  503: 'The request cannot be judged now',
  504: 'The upstream took too long',
  508: 'The request goes in a circle',
}
