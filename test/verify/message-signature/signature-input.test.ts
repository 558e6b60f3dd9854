import { describe, expect, it } from 'vitest'
import { aSignature } from '../../support/signature.ts'
import { REQUEST, verdict } from './verify-world.ts'

describe('the fields (RFC 9421 §4)', () => {
  const [, input, , signature] = aSignature(REQUEST) as [string, string, string, string]
  const both = (one: string, other: string) => verdict(['signature-input', one, 'signature', other])

  it.each([
    ['no field', [], 'SIG_ABSENT'],
    ['Signature alone, as drafts had it', ['signature', 'keyId="a",signature="b"'], 'SIG_INPUT_ABSENT'],
    ['Signature-Input alone', ['signature-input', input], 'SIG_UNPAIRED'],
    ['both empty', ['signature-input', '', 'signature', ''], 'SIG_ABSENT'],
  ])('fields that are not both there: %s', (_, fields, code) => {
    expect(verdict(fields)).toBe(code)
  })

  it.each([
    ['not a dictionary', `${input},`, signature, 'SIG_INPUT_MALFORMED'],
    ['an item for an inner list', 'sig1="@method"', signature, 'SIG_INPUT_MALFORMED'],
    ['a label twice', `${input}, ${input}`, signature, 'SIG_LABEL'],
    ['a signature twice', input, `${signature}, ${signature}`, 'SIG_LABEL'],
    ['not a dictionary of bytes', input, 'sig1="x"', 'SIG_MALFORMED'],
    ['a list for bytes', input, `sig1=(${signature.slice(5)})`, 'SIG_MALFORMED'],
    ['base64url', input, 'sig1=:_-8=:', 'SIG_MALFORMED'],
    ['another label in one of them', input, signature.replace('sig1', 'sig2'), 'SIG_UNPAIRED'],
    ['one label more', `${input}, b=()`, signature, 'SIG_UNPAIRED'],
    ['one signature more', input, `${signature}, b=:AA==:`, 'SIG_UNPAIRED'],
    [
      'five signatures',
      [1, 2, 3, 4, 5].map((at) => `s${at}=()`).join(', '),
      [1, 2, 3, 4, 5].map((at) => `s${at}=:AA==:`).join(', '),
      'SIG_TOO_MANY',
    ],
  ])('fields that are malformed: %s', (_, one, other, code) => {
    expect(both(one, other)).toBe(code)
  })

  it('the label may be changed on the way, in both', () => {
    expect(both(input.replace('sig1', 'x'), signature.replace('sig1', 'x'))).toBe('accepted')
  })
})
