import { hash } from 'node:crypto'
import { isDenial } from '../../../../src/domain/denial.ts'
import { checkProof, type DpopRules } from '../../../../src/verify/dpop/proof.ts'
import { NOW } from '../../../support/clock.ts'
import { aKey } from '../../../support/keys.ts'
import { aMint, aProof, dpopRules, nonceRules } from '../../../support/proof.ts'
import { aRequest } from '../../../support/request.ts'
import { aToken, type JwtChanges } from '../../../support/token.ts'
import type { Micro } from '../micro.ts'

export function dpopMicros(): readonly Micro[] {
  const mint = aMint()
  const token = aToken()
  const bound = { hash: hash('sha256', token, 'base64url'), jkt: aKey('ES256', 'client').jkt }
  const request = aRequest()
  const withNonces = dpopRules({ nonce: nonceRules({ mode: 'required', mint }) })
  const nothing = { get: () => undefined, set: () => undefined }
  const judged = (title: string, raw: string, expected: string, rules: DpopRules = dpopRules()): Micro => {
    const check = () => checkProof(raw, bound, request, rules, NOW)
    const first = check()
    const came = isDenial(first) ? first.code : 'accepted'
    if (came !== expected) throw new Error(`${title}: ${came}`)
    return { title: `DPoP proof: ${title}`, once: () => void check() }
  }
  const proof = (changes?: JwtChanges) => aProof(token, changes)
  const thief = aKey('ES256', 'thief')
  return [
    judged('accepted', proof(), 'accepted'),
    judged('accepted, with a nonce', proof({ claims: { nonce: mint.issue(NOW) } }), 'accepted', withNonces),
    judged('accepted, key never seen', proof(), 'accepted', dpopRules({ keys: nothing })),
    judged('malformed', 'e30.'.repeat(150), 'DPOP_MALFORMED'),
    judged('for another method', proof({ claims: { htm: 'POST' } }), 'DPOP_HTM'),
    judged('for another URL', proof({ claims: { htu: 'https://api.bank.example/x' } }), 'DPOP_HTU'),
    judged('too old', proof({ claims: { iat: NOW - 300 } }), 'DPOP_IAT'),
    judged('of another key', proof({ key: thief }), 'DPOP_JKT'),
    judged('forged', proof({ key: thief, header: { jwk: aKey('ES256', 'client').jwk } }), 'DPOP_SIGNATURE'),
  ]
}
