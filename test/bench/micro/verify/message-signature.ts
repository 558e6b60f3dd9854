import { signaturesDue } from '../../../../src/decision/sign-answer.ts'
import { isDenial } from '../../../../src/domain/denial.ts'
import type { Signer } from '../../../../src/domain/ports.ts'
import type { RequestFacts } from '../../../../src/domain/request-facts.ts'
import { fapi2 } from '../../../../src/verify/message-signature/profile.ts'
import { signatureFields } from '../../../../src/verify/message-signature/sign.ts'
import { type MessageSignature, verifySignatures } from '../../../../src/verify/message-signature/verify.ts'
import { NOW } from '../../../support/clock.ts'
import { joined } from '../../../support/http-message.ts'
import { verificationKeys } from '../../../support/keys.ts'
import { outcome } from '../../../support/outcome.ts'
import { aRequest } from '../../../support/request.ts'
import { aSignature, clientKey } from '../../../support/signature.ts'
import { keySource } from '../../../support/token.ts'
import type { Micro } from '../micro.ts'

export function messageSignatureMicros(): readonly Micro[] {
  const facts = signed(aRequest())
  // Nothing of it reaches OpenSSL: what is left of the time is for reading it and making the base.
  const short = { ...facts, signature: 'sig1=:AA==:' }
  return [
    judged('accepted', facts, 'accepted'),
    judged('too short', short, 'SIG_INVALID'),
    judged('not there', { ...facts, signature: null, signatureInput: null }, 'SIG_ABSENT'),
    answered(facts),
  ]
}

function judged(title: string, facts: RequestFacts, expected: string): Micro {
  const came = outcome(verify(facts))
  if (came !== expected) throw new Error(`${title}: ${came}`)
  return { title: `request signature: ${title}`, once: () => void verify(facts) }
}

/** All but the signature itself. */
function answered(facts: RequestFacts): Micro {
  const verified = verify(facts) as readonly MessageSignature[]
  const fields = ['content-type', 'application/json', 'content-length', '94', 'content-digest', DIGEST]
  const octets = Buffer.alloc(64)
  const signer: Signer = { keyId: 'ours', algorithm: 'ES256', sign: () => octets }
  return {
    title: 'answer signature: prepared and written',
    once: () => {
      const answer = { status: 200, fields, hasBody: true, isOurs: false }
      const due = signaturesDue(facts, verified, answer, fapi2.response, signer, NOW)
      if (isDenial(due)) throw new Error(due.code)
      for (const { label, unsigned } of due) {
        Buffer.from(unsigned.base, 'latin1')
        signatureFields(label, unsigned, octets)
      }
    },
  }
}

function verify(facts: RequestFacts) {
  const subject = {
    message: { request: facts, response: null },
    input: facts.signatureInput,
    signature: facts.signature,
    hasBody: false,
  }
  return verifySignatures(subject, fapi2.request, SIGNER, NOW)
}

function signed(facts: RequestFacts): RequestFacts {
  const head = ['Host', 'api.bank.example', 'Authorization', facts.authorization!, 'DPoP', facts.dpop!]
  const signature = aSignature({ ...facts, fields: head })
  return {
    ...facts,
    fields: [...head, ...signature],
    signatureInput: joined(signature, 'signature-input'),
    signature: joined(signature, 'signature'),
  }
}

const SIGNER = { owner: 'tpp-1', keys: keySource(verificationKeys(clientKey()), 'absent') }
const DIGEST = 'sha-256=:RNeiraV6zbr5cb76/6Mre30xlTBIgR+lCOYqBxNiXT4=:'
