import { describe, expect, it } from 'vitest'
import { signaturesDue } from '../../src/decision/sign-answer.ts'
import { isDenial } from '../../src/domain/denial.ts'
import { fapi2 } from '../../src/verify/message-signature/profile.ts'
import { NOW } from '../support/clock.ts'
import { aRequest } from '../support/request.ts'

const SIGNER = { keyId: 'gateway', algorithm: 'ES256', sign: () => Buffer.alloc(64) } as const
const ANSWER = { status: 204, fields: [], hasBody: false, isOurs: false }

/** The labels of what is to be signed where a client wishes that. */
function labels(wish: string): readonly string[] {
  const facts = aRequest({ fields: ['accept-signature', wish] })
  const due = signaturesDue(facts, [], ANSWER, fapi2.response, SIGNER, NOW)
  if (isDenial(due)) throw new Error(due.code)
  return due.map(({ label }) => label)
}

describe('signaturesDue', () => {
  it('gives each signature a label of its own, whichever the client chose (RFC 9421 §5.2)', () => {
    expect(labels('client=("@status")')).toEqual(['sig1', 'client'])
    expect(labels('sig1=("@status")')).toEqual(['sig2', 'sig1'])
    expect(labels('sig2=("@status")')).toEqual(['sig1', 'sig2'])
  })

  it.each([
    'client=("@method";req)',
    'client=("@status");keyid="another"',
    'client=("@status");alg="rsa-pss-sha512"',
    'client=("@status" "x-absent")',
    'client',
  ])('passes over a wish that is not for an answer of ours: %s', (wish) => {
    expect(labels(wish)).toEqual(['sig1'])
  })

  it('takes a wish that names our key or its algorithm', () => {
    expect(labels('client=("@status");keyid="gateway";alg="ecdsa-p256-sha256"')).toEqual(['sig1', 'client'])
  })
})
