import { decide } from '../../../src/decision/decide.ts'
import { Evidence } from '../../../src/decision/evidence.ts'
import { compareAuthority, compareRule } from '../../../src/decision/explain/authority.ts'
import { compareBody, compareContent } from '../../../src/decision/explain/body.ts'
import { compareConsent } from '../../../src/decision/explain/consent.ts'
import { explain, type Judged, whatDiffers } from '../../../src/decision/explain/explain.ts'
import { compareForward } from '../../../src/decision/explain/forward.ts'
import { comparePossession } from '../../../src/decision/explain/possession.ts'
import { compareProof } from '../../../src/decision/explain/proof.ts'
import {
  compareCredential,
  comparePreflight,
  compareRoute,
  compareShape,
} from '../../../src/decision/explain/request.ts'
import { compareScan } from '../../../src/decision/explain/scan.ts'
import { Lines, moment, shown, written } from '../../../src/decision/explain/shown.ts'
import { compareSignature } from '../../../src/decision/explain/signature.ts'
import { compareSpend } from '../../../src/decision/explain/spend.ts'
import type { Comparison } from '../../../src/decision/explain/steps.ts'
import { compareRevocation, compareToken } from '../../../src/decision/explain/token.ts'
import { isDenial } from '../../../src/domain/denial.ts'
import { D } from '../../../src/verify/access-token/denials.ts'
import { scopesGranted } from '../../../src/verify/authority/scope.ts'
import { NOW } from '../clock.ts'
import { dpopRules } from '../proof.ts'
import { aRawRequest } from '../request.ts'
import { aRoute, aSnapshot, demands } from '../route.ts'
import type { Inputs } from './inputs.ts'
import { aFacts, CLIENT, RULES, SIGNATURES, TOKEN, VERIFIED } from './world.ts'

/** Of what explains decisions. */
export const EXPLAIN_INPUTS: Inputs = {
  compareSignature: (text) => {
    const evidence = new Evidence()
    evidence.route = aRoute({ demands: demands({ signature: SIGNATURES }) })
    return [text, `sig1=(${text});tag="fapi-2-request"`].map((input) => {
      const facts = aFacts({ signatureInput: input, signature: 'sig1=:AA==:' })
      return [...compareSignature({ facts, evidence, body: null, refused: null, now: NOW })]
    })
  },
  explain: (text) => judgedOf(text).map(explain),
  whatDiffers: (text) => judgedOf(text).map(whatDiffers),
  compareScan: (text) => {
    const raws = [{ target: text }, { target: `https://${text}`, fields: ['host', text, 'connection', text] }]
    const nothing = { facts: null, evidence: new Evidence(), body: null, refused: D.TOKEN_EXPIRED, now: NOW }
    return raws.map((raw) => [
      ...compareScan({ ...nothing, scanned: { raw: aRawRequest(raw), rules: RULES } }),
    ])
  },
  compareSpend: comparisonsOf(compareSpend),
  compareForward: (text) =>
    judgedOf(text).map((judged) => [
      ...compareForward({ ...judged, refused: D.TOKEN_EXPIRED, detail: text }),
    ]),
  comparePreflight: comparisonsOf(comparePreflight),
  compareBody: comparisonsOf(compareBody),
  compareContent: comparisonsOf(compareContent),
  compareRule: (text) => judgedOf(text).map((judged) => compareRule(scopesGranted([text]), judged, 'body')),
  compareRoute: comparisonsOf(compareRoute),
  compareShape: comparisonsOf(compareShape),
  compareCredential: comparisonsOf(compareCredential),
  compareToken: comparisonsOf(compareToken),
  comparePossession: comparisonsOf(comparePossession),
  compareProof: (text) => [
    ...compareProof(aFacts({ dpop: text }), { hash: VERIFIED.hash, jkt: CLIENT.jkt }, dpopRules(), NOW),
  ],
  compareRevocation: comparisonsOf(compareRevocation),
  compareAuthority: comparisonsOf(compareAuthority),
  compareConsent: comparisonsOf(compareConsent),
  Lines: (text) => new Lines(text).shown(),
  shown: (text, value) => [shown(text), shown(value)],
  written: (text, value) => [written(text), written(value)],
  moment: (text, value) => [moment(text, NOW), moment(value, NOW)],
}

const BODY = { blocks: [], length: 0, digests: new Map(), trailers: ['digest', 'x'] }
/** Requests with this text in their credentials, decided. */
function judgedOf(text: string): readonly Judged[] {
  const facts = [
    aFacts({ normalPath: text }),
    aFacts({ authorization: `Bearer ${text}`, query: text }),
    aFacts({ authorization: `DPoP ${TOKEN}`, dpop: text }),
  ]
  return facts.map((each) => {
    const evidence = new Evidence()
    const verdict = decide(each, aSnapshot(), evidence, NOW)
    return { facts: each, evidence, body: BODY, refused: isDenial(verdict) ? verdict : null, now: NOW }
  })
}
function comparisonsOf(compares: (judged: Judged) => Iterable<Comparison>) {
  return (text: string) => judgedOf(text).map((judged) => [...compares(judged)])
}
