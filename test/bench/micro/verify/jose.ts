import { algorithms } from '../../../../src/verify/jose/algorithms.ts'
import { importPublicKey, readPublicJwk } from '../../../../src/verify/jose/public-key.ts'
import { verifies } from '../../../../src/verify/jose/signature.ts'
import { thumbprint } from '../../../../src/verify/jose/thumbprint.ts'
import { signatureOf } from '../../../support/jws.ts'
import { type AlgorithmName, aKey } from '../../../support/keys.ts'
import type { Micro } from '../micro.ts'

export function joseMicros(): readonly Micro[] {
  const algorithm = algorithms.get('ES256')!
  const { jwk } = aKey('ES256')
  const read = readPublicJwk(jwk, algorithm)!
  return [
    ...(['ES256', 'Ed25519', 'PS256'] as const).map(verification),
    { title: 'jose: read a JWK, P-256', once: () => void readPublicJwk(jwk, algorithm) },
    { title: 'jose: import a JWK, P-256', once: () => void importPublicKey(read) },
    { title: 'jose: thumbprint of a JWK, P-256', once: () => void thumbprint(read) },
  ]
}

function verification(name: AlgorithmName): Micro {
  const algorithm = algorithms.get(name)!
  const key = aKey(name)
  const imported = importPublicKey(readPublicJwk(key.jwk, algorithm)!)!
  const signed = 'x'.repeat(600)
  const signature = signatureOf(signed, key)
  return {
    title: `jose: verify a signature, ${name}`,
    once: () => {
      if (!verifies(algorithm, imported, signed, signature)) throw new Error('the signature is not verified')
    },
  }
}
