import { describe, expect, it } from 'vitest'
import { joined } from '../../support/http-message.ts'
import { aSignature, type SignatureChanges } from '../../support/signature.ts'
import { PARAMETERS, rules, verdict, WITH_BODY, WITH_DIGEST } from './verify-world.ts'

const how = {
  request: WITH_BODY,
  hasBody: true,
  rules: rules({ requiresExpires: true, requiresNonce: true, several: 'any' }),
}

/** One signature has it and the other does not; then what says so is moved from the one label to the other. */
function moved(without: SignatureChanges, text: RegExp, put: (input: string, found: string) => string) {
  const whole = { components: WITH_DIGEST, parameters: PARAMETERS }
  const a = aSignature(WITH_BODY, { ...whole, label: 'a', ...without })
  const b = aSignature(WITH_BODY, { ...whole, label: 'b' })
  const signatures = joined([...a, ...b], 'signature') as string
  const judged = (...inputs: readonly string[]) =>
    verdict(['signature-input', inputs.join(', '), 'signature', signatures], how)
  const [inputA, inputB] = [a[1] as string, b[1] as string]
  const found = text.exec(inputB)![0]
  return { before: judged(inputA, inputB), after: judged(put(inputA, found), inputB.replace(found, '')) }
}

describe('moved from one label to the other', () => {
  it.each(WITH_DIGEST)('the component %s', (name) => {
    const without = { components: WITH_DIGEST.filter((each) => each !== name) }
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
