import { expect, it } from 'vitest'
import type { Signer } from '../../../src/domain/ports.ts'
import { signatureBy } from '../../../src/verify/jose/signature-by.ts'

const signer = (sign: Signer['sign']): Signer => ({ keyId: 'k', algorithm: 'ES256', sign })

it('what is signed is a text as fields have it: one octet a character', () => {
  let signed: Uint8Array | undefined
  const octets = Uint8Array.of(1)
  const given = signatureBy(
    signer((each) => {
      signed = each
      return octets
    }),
    'a\u00e9',
  )
  expect([given, [...signed!]]).toEqual([octets, [0x61, 0xe9]])
})

it('a signer that throws has failed like one that rejects', async () => {
  const broken = signer(() => {
    throw new Error('broken')
  })
  await expect(signatureBy(broken, 'a')).rejects.toThrow('broken')
})
