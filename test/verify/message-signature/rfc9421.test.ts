import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { isDenial } from '../../../src/domain/denial.ts'
import { fieldTypes } from '../../../src/verify/message-signature/field-types.ts'
import { verifiesMac } from '../../../src/verify/message-signature/signature-algorithms.ts'
import { signatureBase } from '../../../src/verify/message-signature/signature-base.ts'
import { readSignatureInput, readSignatures } from '../../../src/verify/message-signature/signature-input.ts'
import { verifySignatures } from '../../../src/verify/message-signature/verify.ts'
import { joined, requestOf, responseOf } from '../../support/http-message.ts'
import { outcome } from '../../support/outcome.ts'
import { keySource } from '../../support/token.ts'
import { ANY, file, keyNamed, NOW, type Vector } from './rfc9421-world.ts'

const messageOf = ({ kind, message, related_request: related }: Vector) =>
  kind === 'request'
    ? { request: requestOf(message), response: null }
    : { request: related === undefined ? null : requestOf(related), response: responseOf(message) }

const headOf = ({ kind, message }: Vector) => (kind === 'request' ? requestOf(message) : responseOf(message))

describe('RFC 9421, appendix B and §2.4', () => {
  it('all vectors are here', () => {
    expect(file.vectors).toHaveLength(22)
  })

  it.each(file.vectors.filter(({ alg }) => alg !== 'hmac-sha256'))('$id is $expected', (vector) => {
    const { fields } = headOf(vector)
    const input = joined(fields, 'signature-input')
    const signature = joined(fields, 'signature')
    const subject = { message: messageOf(vector), input, signature, hasBody: false }
    const key = keyNamed(vector)
    const signer = { owner: 'x', keys: { ...keySource([key]), candidates: () => [key] } }
    const answer = verifySignatures(subject, ANY, signer, NOW)
    expect(outcome(answer)).toBe(vector.expected === 'valid' ? 'accepted' : 'SIG_INVALID')
    if (vector.expected !== 'valid') return
    expect((answer as readonly { readonly base: string }[])[0]!.base).toBe(vector.signature_base)
  })

  it.each(['b21', 'b22', 'b23', 'b24', 'b25', 'b26'])(
    '%s as remitly-oss/httpsig-go has it: message and base',
    (id) => {
      const kind = id === 'b24' ? 'response' : 'request'
      const read = (what: string) =>
        readFileSync(
          new URL(`../../vectors/rfc9421/remitly-testdata/${id}_${kind}_${what}.txt`, import.meta.url),
          'utf8',
        )
      const ours = file.vectors.find((each) => each.id === id)!
      expect(baseOf({ ...ours, message: read('signed') }).base).toBe(read('sigbase'))
    },
  )

  it('b25, a MAC, verifies with its secret and with no other', () => {
    const vector = file.vectors.find(({ alg }) => alg === 'hmac-sha256')!
    const { base, octets } = baseOf(vector)
    const secret = Buffer.from(file.keys[vector.keyid]!.secret_base64!, 'base64')
    expect(base).toBe(vector.signature_base)
    expect(verifiesMac(secret, base, octets)).toBe(true)
    expect(verifiesMac(secret.subarray(1), base, octets)).toBe(false)
    expect(verifiesMac(secret, base, octets.subarray(1))).toBe(false)
    expect(verifiesMac(secret, `${base} `, octets)).toBe(false)
  })

  it.each(['transform-1', 'transform-5'])('b4-%s: what is not what was signed has another base', (id) => {
    const vector = file.vectors.find((each) => each.id === `b4-${id}`)!
    expect(
      baseOf(vector).base === file.vectors.find((each) => each.id === 'b4-transform-1')!.signature_base,
    ).toBe(id === 'transform-1')
  })
})

function baseOf(vector: Vector): { readonly base: string; readonly octets: Buffer } {
  const { fields } = headOf(vector)
  const given = readSignatures(joined(fields, 'signature-input'), joined(fields, 'signature'))
  if (isDenial(given)) throw new Error(given.code)
  const one = given.find(({ label }) => label === vector.label)!
  const input = readSignatureInput(one.input)
  if (isDenial(input)) throw new Error(input.code)
  const base = signatureBase(input.components, input.signatureParams, messageOf(vector), fieldTypes)
  if (isDenial(base)) throw new Error(base.code)
  return { base, octets: one.signature }
}
