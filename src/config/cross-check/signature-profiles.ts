import { parseComponent } from '../../verify/message-signature/component.ts'
import { type Fault, foundText, type Path } from '../problem.ts'
import { entriesOf, has, type RawMapping, textsOf, under } from './raw.ts'

/**
 * What a profile may not leave out of the signatures (RFC 9421 §7.2.1, §7.2.8): what is not covered can be altered, and
 * a signature that does not say which request or answer it is of is good for every other.
 */
export function* signatureProfileRules(raw: unknown): Iterable<Fault> {
  for (const { path, value } of entriesOf(raw, 'signature_profiles')) {
    // Whoever reads `signature: fapi2` is to know what it means.
    if (path.at(-1) === 'fapi2')
      yield { path, part: 'key', expected: 'a name of your own', found: 'fapi2, which is built in' }
    if (value.request === 'off' && value.response === 'off')
      yield { path, expected: '`request` or `response` that is not off', found: 'both off' }
    yield* signedRequestRules(under(value, 'request'), [...path, 'request'])
    const response = under(value, 'response')
    yield* coverageRules(response, [...path, 'response'], OF_ANSWERS)
    yield* componentsOfAnswers(response, [...path, 'response'])
  }
}

/** Of a request, that which comes or that which leaves. */
export function* signedRequestRules(request: RawMapping, above: Path): Iterable<Fault> {
  yield* coverageRules(request, above, OF_REQUESTS)
  for (const { path, text } of LISTS.flatMap((key) => textsOf(request, key, above))) {
    const component = parseComponent(text)
    if (component === undefined || !(component.req || component.tr || component.name === '@status')) continue
    yield { path, expected: 'a component of the head of a request', found: text }
  }
}

/** What `always` must have one of, in words, for each thing that must be told apart. */
type Told = readonly (readonly [names: readonly string[], expected: string])[]

function* coverageRules(side: RawMapping, above: Path, told: Told): Iterable<Fault> {
  const [always, ifPresent, ifBody] = LISTS.map((key) => namesIn(side, key))
  const lacks = (key: string, expected: string): Fault => {
    const at = [...above, key]
    return { path: at, expected, found: foundText(side[key], at) }
  }
  for (const [names, expected] of told)
    if (always !== undefined && !always.some((name) => names.includes(name))) yield lacks('always', expected)
  const covered = [...(always ?? []), ...(ifPresent ?? []), ...(ifBody ?? [])]
  if (ifBody !== undefined && !covered.includes('content-digest'))
    yield lacks('if_body', 'content-digest, without which a signature says nothing of the body')
}

function* componentsOfAnswers(response: RawMapping, above: Path): Iterable<Fault> {
  for (const { path, text } of LISTS.flatMap((key) => textsOf(response, key, above))) {
    const component = parseComponent(text)
    if (component === undefined || component.req || !ANOTHER_MESSAGE.test(component.name)) continue
    const expected = 'a component that an answer has'
    yield { path, expected, found: text, hint: `of its request it is \`${text};req\`` }
  }
}

/** Of a list that the file gives; components of another message, of trailers, and a member alone count for nothing. Undefined where the default holds. */
export function namesIn(side: RawMapping, key: string): readonly string[] | undefined {
  if (!has(side, key) || !Array.isArray(side[key])) return undefined
  return textsOf(side, key, []).flatMap(({ text }) => {
    const component = parseComponent(text)
    if (component === undefined) return []
    const { name, req, tr, key } = component
    return req || tr || key !== null ? [] : [name]
  })
}

const LISTS = ['always', 'if_present', 'if_body']
const TARGETS = ['@target-uri', '@request-target', '@path']
const ANOTHER = 'without which a signature is good for another'
const OF_REQUESTS: Told = [
  [['@method'], `@method, ${ANOTHER} request`],
  [TARGETS, `@target-uri, @request-target or @path, ${ANOTHER} request`],
]
const OF_ANSWERS: Told = [[['@status'], `@status, ${ANOTHER} answer`]]
const ANOTHER_MESSAGE = /^@(?!status$)/
