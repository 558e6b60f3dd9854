import { valuesOf } from './wire-upstream.ts'

/** Tokens, proofs, and the parts that a signature or a private key is in. */
export function secretsOf(fields: readonly string[]): string[] {
  const [authorization = ''] = valuesOf(fields, 'authorization')
  const [proof = ''] = valuesOf(fields, 'dpop')
  return [authorization.split(' ').at(-1)!, proof, ...authorization.split('.'), ...proof.split('.')].filter(
    ({ length }) => length > 20,
  )
}
