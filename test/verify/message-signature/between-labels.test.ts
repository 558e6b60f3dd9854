import { describe, expect, it } from 'vitest'
import { fapi2 } from '../../../src/verify/message-signature/profile.ts'
import { verifySignatures } from '../../../src/verify/message-signature/verify.ts'
import { NOW } from '../../support/clock.ts'
import { joined } from '../../support/http-message.ts'
import { verificationKeys } from '../../support/keys.ts'
import { outcome } from '../../support/outcome.ts'
import { aRequest } from '../../support/request.ts'
import { aSignature, COMPONENTS, clientKey, type SignatureChanges } from '../../support/signature.ts'
import { keySource } from '../../support/token.ts'

const REQUEST = aRequest({
  method: 'POST',
  fields: [
    ...['Host', 'api.bank.example', 'Authorization', 'DPoP a.b.c', 'DPoP', 'd.e.f'],
    ...['Content-Digest', 'sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:'],
  ],
})
const ALL = [...COMPONENTS, 'content-digest']
const PARAMETERS = {
  created: NOW,
  expires: NOW + 60,
  nonce: 'n-1',
  alg: 'ecdsa-p256-sha256',
  keyid: clientKey().kid,
  tag: 'fapi-2-request',
}

function verdict(inputs: readonly string[], made: readonly (readonly string[])[]): string {
  const subject = {
    message: { request: REQUEST, response: null },
    input: inputs.join(', '),
    signature: joined(made.flat(), 'signature'),
    hasBody: true,
  }
  const request = { ...fapi2.request, requiresExpires: true, requiresNonce: true }
  const signer = { owner: 'tpp-1', keys: keySource(verificationKeys(clientKey()), 'absent') }
  return outcome(verifySignatures(subject, { ...request, several: 'any' }, signer, NOW))
}

/** One signature has it and the other does not; then what says so is moved from the one label to the other. */
function moved(without: SignatureChanges, text: RegExp, put: (input: string, found: string) => string) {
  const a = aSignature(REQUEST, { label: 'a', components: ALL, parameters: PARAMETERS, ...without })
  const b = aSignature(REQUEST, { label: 'b', components: ALL, parameters: PARAMETERS })
  const [inputA, inputB] = [a[1] as string, b[1] as string]
  const found = text.exec(inputB)![0]
  const inputs = [put(inputA, found), inputB.replace(found, '')]
  return { before: verdict([inputA, inputB], [a, b]), after: verdict(inputs, [a, b]) }
}

describe('moved from one label to the other', () => {
  it.each(ALL)('the component %s', (name) => {
    const without = { components: ALL.filter((each) => each !== name) }
    const { before, after } = moved(without, new RegExp(` ?"${name}"`), (input, found) =>
      input.replace(')', ` ${found.trim()})`),
    )
    expect(before).toBe('accepted')
    expect(after).toMatch(/^SIG_(?:INVALID|[A-Z]+_UNCOVERED)$/)
  })

  it.each(Object.keys(PARAMETERS))('the parameter %s', (name) => {
    const without = { parameters: { ...PARAMETERS, [name]: undefined } }
    const { before, after } = moved(
      without,
      new RegExp(`;${name}=("[^"]*"|[0-9]+)`),
      (input, found) => `${input}${found}`,
    )
    expect(before).toBe('accepted')
    expect(after).toMatch(/^SIG_(?:INVALID|[A-Z]+_ABSENT|TAG)$/)
  })
})
