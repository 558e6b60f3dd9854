import { describe, expect, it } from 'vitest'
import { proofTrial, type Trial, tokenTrial } from '../../support/differential.ts'
import type { Mutant } from '../../support/mutations.ts'
import { seeded } from '../../support/seeded.ts'

/** Where we refuse what jose accepts: our answer, and what was done. Each of these must occur, and nothing else may. */
type Stricter = { readonly [reason: string]: (answer: string, mutant: Mutant) => boolean }

const MUTANTS = 10_000
const did = ({ how }: Mutant, pattern: RegExp) => how.some((each) => pattern.test(each))

const ofAnyJwt: Stricter = {
  'base64url has one spelling (RFC 7515 §2)': (answer, { text }) => isUnread(answer) && !isCanonical(text),
  'a member is named once (RFC 7515 §4)': (answer, mutant) =>
    isUnread(answer) && did(mutant, /^a member named twice/),
  'JSON has no byte order mark (RFC 8259 §8.1)': (answer, mutant) =>
    isUnread(answer) && did(mutant, /^a byte order mark/),
  'nothing nests deeper than 32': (answer, mutant) => isUnread(answer) && did(mutant, /^nested deep/),
  'no extension is implemented, not even b64: true (RFC 7797)': (answer, mutant) =>
    answer.endsWith('_CRITICAL') && did(mutant, /^b64: /),
}

const ofTokens: Stricter = {
  ...ofAnyJwt,
  'claims have types (RFC 9068 §2.2, RFC 7519 §4.1)': (answer, mutant) =>
    answer === 'TOKEN_CLAIMS' && did(mutant, /^(?:sub|jti|client_id|aud): /),
  'dates are from 0 to 2^53 (RFC 7519 §2)': (answer, mutant) =>
    answer === 'TOKEN_CLAIMS' && did(mutant, /^(?:exp|nbf|iat): /),
  'a confirmation is well-formed (RFC 7800 §3.1)': (answer, mutant) =>
    answer === 'TOKEN_CONFIRMATION' && did(mutant, /^cnf: /),
}

const ofProofs: Stricter = {
  ...ofAnyJwt,
  'typ is dpop+jwt to the letter (RFC 9449 §4.3(4))': (answer, mutant) =>
    answer === 'DPOP_TYP' && did(mutant, /^typ: /),
  'a public key has no private member of any kind (RFC 9449 §4.3(7))': (answer, mutant) =>
    answer === 'DPOP_PRIVATE_KEY' && did(mutant, /^jwk: /),
  'exp has no leeway': (answer, mutant) => answer === 'DPOP_IAT' && did(mutant, /^exp: /),
  'dates are from 0 to 2^53 (RFC 7519 §2)': (answer, mutant) =>
    answer === 'DPOP_CLAIMS' && did(mutant, /^(?:exp|nbf): /),
  'a proof has at most 8192 octets': (answer, { text }) => answer === 'DPOP_MALFORMED' && text.length > 8192,
}

/** Where we accept what jose refuses: nowhere, but that RFC 9864 §2.2 gives one algorithm two names, and a key has one. */
const isTwoNames = (mutant: Mutant) => did(mutant, /^alg: "EdDSA"$/)

describe.each<[string, Trial, Stricter, number]>([
  ['access tokens', tokenTrial(), ofTokens, 9068],
  ['DPoP proofs', proofTrial(), ofProofs, 9449],
])('ten thousand mutated %s, judged by us and by jose', (_, trial, stricter, seed) => {
  it('no disagreement, but for a list with reasons', async () => {
    const random = seeded(seed)
    const seen = new Map<string, number>()
    const count = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1)
    const disagreements: string[] = []
    for (let at = 0; at < MUTANTS; at++) {
      const mutant = trial.mutant(random)
      const answer = trial.ours(mutant.text)
      const accepted = answer === 'accepted'
      if (accepted === (await trial.theirs(mutant.text))) count(answer)
      else if (accepted && isTwoNames(mutant)) count('two names')
      else {
        const reason = accepted
          ? undefined
          : Object.keys(stricter).find((each) => stricter[each]!(answer, mutant))
        if (reason !== undefined) count(reason)
        else disagreements.push(`${answer}: ${mutant.how.join('; ')}: ${mutant.text}`)
      }
    }
    expect(disagreements).toEqual([])
    expect(Object.keys(stricter).filter((reason) => !seen.has(reason))).toEqual([])
    expect(seen.get('accepted')).toBeGreaterThan(MUTANTS / 5)
    expect(seen.get('accepted')).toBeLessThan(MUTANTS / 2)
  })
})

function isUnread(answer: string): boolean {
  return answer === 'TOKEN_NOT_JWT' || answer === 'DPOP_MALFORMED'
}

function isCanonical(text: string): boolean {
  return text.split('.').every((part) => Buffer.from(part, 'base64url').toString('base64url') === part)
}
