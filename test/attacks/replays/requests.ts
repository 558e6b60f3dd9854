import { hash, randomUUID } from 'node:crypto'
import fc from 'fast-check'
import type { Once } from '../../../src/domain/ports.ts'
import type { RequestFacts } from '../../../src/domain/request-facts.ts'
import { NOW } from '../../support/clock.ts'
import { aProof } from '../../support/proof.ts'
import { aPeer, aRequest } from '../../support/request.ts'
import { aSignature, signatureBaseOf } from '../../support/signature.ts'
import { aToken, THUMBPRINT } from '../../support/token.ts'

/** A request that a client makes, as the clock of the client has it. */
export interface Made {
  readonly by: 'proof' | 'signature' | 'both'
  readonly method: 'GET' | 'POST'
  /** Seconds that each signature is dated ahead, the proof as the first. */
  readonly ahead: readonly [number, number]
  readonly nonce: 'none' | 'fresh' | 'old'
  readonly signatures: 1 | 2
  readonly hasSignatureNonce: boolean
}

const ahead = fc.constantFrom(0, 0, 0, 5, 10, 60, 60, -10, 600)
export const made = fc.record<Made>({
  by: fc.constantFrom('proof', 'signature', 'both'),
  method: fc.constantFrom('POST', 'GET'),
  ahead: fc.tuple(ahead, ahead),
  nonce: fc.constantFrom('fresh', 'none', 'fresh', 'old'),
  signatures: fc.constantFrom(2, 1),
  hasSignatureNonce: fc.boolean(),
})

/** What of a request can be used once, and when it says that it was made. */
export interface Part {
  readonly name: string
  readonly madeAt: number
}

/** The request as somebody may send it: with all of its signatures, or fewer, in any order. */
export interface Form {
  readonly facts: RequestFacts
  readonly parts: readonly Part[]
}

/** All forms of a request that is made now, with this nonce for its proof. */
export function formsOf(
  { by, method, ahead, signatures, hasSignatureNonce }: Made,
  now: number,
  nonce?: string,
): Form[] {
  const token = by === 'signature' ? CERTIFICATE_BOUND : KEY_BOUND
  const authorization = `${by === 'signature' ? 'Bearer' : 'DPoP'} ${token}`
  const proof =
    by === 'signature'
      ? null
      : proofOf(token, { htm: method, iat: now + ahead[0], ...(nonce === undefined ? {} : { nonce }) })
  const fields = [
    'host',
    'api.bank.example',
    'authorization',
    authorization,
    ...(proof === null ? [] : ['dpop', proof.text]),
  ]
  const facts = aRequest({ method, fields, authorization, dpop: proof?.text ?? null, peer: PEER })
  const proved = proof === null ? [] : [proof.part]
  if (by === 'proof') return [{ facts, parts: proved }]
  const signed = ahead.slice(0, signatures).map((each, at) => {
    const components = ['@method', '@target-uri', 'authorization', ...(proof === null ? [] : ['dpop'])]
    const parameters = { created: now + each, ...(hasSignatureNonce ? { nonce: randomUUID() } : {}) }
    return signatureOf(facts, { label: `sig${at}`, components, parameters })
  })
  const orders = signatures === 1 ? [[0]] : [[0, 1], [1, 0], [0], [1]]
  return orders.map((order) => {
    const chosen = order.map((at) => signed[at]!)
    const joined = (name: 'input' | 'signature') => chosen.map((each) => each[name]).join(', ')
    return {
      facts: { ...facts, signatureInput: joined('input'), signature: joined('signature') },
      parts: [...proved, ...chosen.map(({ part }) => part)],
    }
  })
}

/** The name of a part, as the ledger was told of it. */
export function nameOf({ jkt, jti }: Once): string {
  return jkt.startsWith('signature ') ? jti : `proof ${jti}`
}

function proofOf(token: string, claims: { readonly iat: number; readonly [name: string]: unknown }) {
  const jti = randomUUID()
  return {
    text: aProof(token, { claims: { jti, ...claims } }),
    part: { name: `proof ${jti}`, madeAt: claims.iat },
  }
}

function signatureOf(
  facts: RequestFacts,
  changes: Parameters<typeof aSignature>[1] & {
    readonly parameters: { readonly created: number; readonly nonce?: string }
  },
) {
  const [, input, , signature] = aSignature(facts, changes) as [string, string, string, string]
  const { created, nonce } = changes.parameters
  const base = () => hash('sha256', Buffer.from(signatureBaseOf(facts, changes), 'latin1'), 'base64url')
  return {
    input,
    signature,
    part: { name: nonce === undefined ? `base ${base()}` : `nonce ${nonce}`, madeAt: created },
  }
}

const DAY = 86_400
const KEY_BOUND = aToken({ claims: { exp: NOW + DAY } })
const CERTIFICATE_BOUND = aToken({ claims: { exp: NOW + DAY, cnf: { 'x5t#S256': THUMBPRINT } } })
const PEER = aPeer({ notBefore: NOW - DAY, notAfter: NOW + DAY })
