import { parseComponent } from '../../verify/message-signature/component.ts'
import { type Fault, foundText, type Path } from '../problem.ts'
import { entriesOf, has, type RawMapping, textsOf, under } from './raw.ts'

/**
 * What a profile may not leave out of the signatures (RFC 9421 §7.2.1, §7.2.8): what is not covered can be altered, and
 * a signature that does not say which request it is of is good for every other.
 */
export function* signatureProfileRules(raw: unknown): Iterable<Fault> {
  for (const { path, value } of entriesOf(raw, 'signature_profiles')) {
    // Whoever reads `signature: fapi2` is to know what it means.
    if (path.at(-1) === 'fapi2')
      yield { path, part: 'key', expected: 'a name of your own', found: 'fapi2, which is built in' }
    if (value.request === 'off' && value.response === 'off')
      yield { path, expected: '`request` or `response` that is not off', found: 'both off' }
    const request = under(value, 'request')
    const [always, ifPresent, ifBody] = LISTS.map((key) => namesIn(request, key))
    const lacks = (key: string, expected: string): Fault => {
      const at = [...path, 'request', key]
      return { path: at, expected, found: foundText(request[key], at) }
    }
    if (always !== undefined && !always.includes('@method')) yield lacks('always', `@method, ${ANOTHER}`)
    if (always !== undefined && !always.some((name) => TARGETS.has(name)))
      yield lacks('always', `@target-uri, @request-target or @path, ${ANOTHER}`)
    const covered = [...(always ?? []), ...(ifPresent ?? []), ...(ifBody ?? [])]
    if (ifBody !== undefined && !covered.includes('content-digest')) yield lacks('if_body', DIGEST)
    yield* answerRules(under(value, 'response'), [...path, 'response'])
  }
}

/** A signature that does not say of which answer it is goes with every other. */
function* answerRules(response: RawMapping, above: Path): Iterable<Fault> {
  const [always, ifPresent, ifBody] = LISTS.map((key) => namesIn(response, key))
  const lacks = (key: string, expected: string): Fault => {
    const at = [...above, key]
    return { path: at, expected, found: foundText(response[key], at) }
  }
  if (always !== undefined && !always.includes('@status'))
    yield lacks('always', '@status, without which a signature is good for another answer')
  const covered = [...(always ?? []), ...(ifPresent ?? []), ...(ifBody ?? [])]
  if (ifBody !== undefined && !covered.includes('content-digest')) yield lacks('if_body', DIGEST)
  for (const { path, text } of LISTS.flatMap((key) => textsOf(response, key, above))) {
    const component = parseComponent(text)
    if (component === undefined || component.req || !OF_REQUESTS.test(component.name)) continue
    const expected = 'a component that an answer has'
    yield { path, expected, found: text, hint: `of its request it is \`${text};req\`` }
  }
}

/** Of a list that the file gives; components of another message count for nothing. Undefined where the default holds. */
function namesIn(request: RawMapping, key: string): readonly string[] | undefined {
  if (!has(request, key) || !Array.isArray(request[key])) return undefined
  return textsOf(request, key, []).flatMap(({ text }) => {
    const component = parseComponent(text)
    return component === undefined || component.req ? [] : [component.name]
  })
}

const LISTS = ['always', 'if_present', 'if_body']
const TARGETS: ReadonlySet<string> = new Set(['@target-uri', '@request-target', '@path'])
const OF_REQUESTS = /^@(?!status$)/
const DIGEST = 'content-digest, without which a signature says nothing of the body'
const ANOTHER = 'without which a signature is good for another request'
