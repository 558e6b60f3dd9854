import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { isDenial } from '../../../src/domain/denial.ts'
import { contentHasher } from '../../../src/verify/content-digest/hasher.ts'
import { digestRule } from '../../../src/verify/content-digest/match.ts'
import { parseComponent } from '../../../src/verify/message-signature/component.ts'
import { componentValue } from '../../../src/verify/message-signature/component-value.ts'
import { fieldTypes } from '../../../src/verify/message-signature/field-types.ts'
import { readSignatureInput, readSignatures } from '../../../src/verify/message-signature/signature-input.ts'
import { NOW } from '../../support/clock.ts'
import { fieldsOf, requestOf } from '../../support/http-message.ts'
import { outcome } from '../../support/outcome.ts'
import { aRequest } from '../../support/request.ts'

const read = (name: string) =>
  readFileSync(new URL(`../../vectors/rfc9421/remitly-testdata/${name}.txt`, import.meta.url), 'utf8')

/** What a route that demands a digest says of one of the messages. */
function judged(name: string): string {
  const text = read(name)
  const body = Buffer.from(text.split(/\r?\n\r?\n/)[1]!.trimEnd())
  const check = digestRule('required')(
    aRequest({ fields: fieldsOf(text), hasBody: true, contentLength: body.length }),
  )
  if (check === undefined || isDenial(check)) return outcome(check)
  const hasher = contentHasher(check.algorithms)
  hasher.add(body)
  return outcome(
    check.check({ blocks: [body], length: body.length, digests: hasher.digests(), trailers: [] }, NOW),
  )
}

/** The messages of remitly-oss/httpsig-go that are not those of RFC 9421; what its tests say of each. */
describe('remitly-oss/httpsig-go', () => {
  it.each([
    ['request1', 'accepted'],
    ['verify_request1', 'accepted'],
    ['rfc-test-request', 'accepted'],
    ['request_bad_digest', 'DIGEST_MISMATCH'],
    ['request_no_digest', 'DIGEST_ABSENT'],
    ['request_multivalue', 'DIGEST_ABSENT'],
  ])('the digest of %s: %s', (name, expected) => {
    expect(judged(name)).toBe(expected)
  })

  it('lines of one field are one value', () => {
    const request = requestOf(read('request_multivalue'))
    const value = componentValue(parseComponent('one')!, { request, response: null }, fieldTypes)
    expect(value).toBe('multivalue1, multivalue2')
  })

  it('a component that is covered twice is refused', () => {
    const given = readSignatures('s=("one" "two" "one" "three");keyid="k"', 's=:AA==:')
    if (isDenial(given)) throw new Error(given.code)
    expect(outcome(readSignatureInput(given[0]!.input))).toBe('SIG_COMPONENT_REPEATED')
    expect(fieldsOf(read('request_repeated_components'))).toContain('Two')
  })
})
