import { describe, expect, it } from 'vitest'
import { decide } from '../../../src/decision/decide.ts'
import { Evidence } from '../../../src/decision/evidence.ts'
import { isDenial } from '../../../src/domain/denial.ts'
import { selfTest } from '../../../src/runtime/trial/self-test.ts'
import { tryMessageSignatures } from '../../../src/runtime/trial/self-test-signatures.ts'
import { verifySignatures } from '../../../src/verify/message-signature/verify.ts'
import { NOW } from '../../support/clock.ts'

const honest = { decide, tryMessageSignatures }

describe('the self-test', () => {
  it('passes where what is right is admitted and what is wrong is refused, each by its own code', () => {
    expect(selfTest(NOW)).toEqual({ trials: 34, algorithms: ['ES256', 'Ed25519'] })
  })

  it.each<[string, typeof decide, RegExp]>([
    [
      'admits whoever was refused',
      (facts, snapshot, evidence, now) => {
        const verdict = decide(facts, snapshot, evidence, now)
        if (!isDenial(verdict)) admitted = verdict
        return isDenial(verdict) ? admitted : verdict
      },
      /a token that was altered, ES256: admitted, not TOKEN_SIGNATURE;/,
    ],
    [
      'refuses whoever was admitted',
      (facts, snapshot, _, now) => decide({ ...facts, dpop: null }, snapshot, new Evidence(), now),
      /a bound token with its proof, ES256: DPOP_ABSENT, not admitted;/,
    ],
    [
      'takes no notice of proofs of others',
      (facts, snapshot, evidence, now) => {
        const verdict = decide(facts, snapshot, evidence, now)
        return isDenial(verdict) && verdict.code === 'DPOP_JKT' ? admitted : verdict
      },
      /: a proof of another key, ES256: admitted, not DPOP_JKT; a proof of another key, Ed25519: /,
    ],
  ])('fails where the decision %s, and says so', (_, judge, says) => {
    expect(() => selfTest(NOW, { ...honest, decide: judge })).toThrow(says)
  })

  it('fails where signatures are not verified', () => {
    let good: ReturnType<typeof verifySignatures>
    const skips: typeof verifySignatures = (...given) => {
      const verdict = verifySignatures(...given)
      if (Array.isArray(verdict)) good = verdict
      return good
    }
    const blind: typeof tryMessageSignatures = (algorithm, key, jwk, now) =>
      tryMessageSignatures(algorithm, key, jwk, now, skips)
    expect(() => selfTest(NOW, { ...honest, tryMessageSignatures: blind })).toThrow(
      /a request whose signature was altered, ES256: admitted, not SIG_INVALID; a signed request that was altered/,
    )
  })
})

let admitted: ReturnType<typeof decide>
