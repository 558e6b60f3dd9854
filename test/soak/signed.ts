import { join } from 'node:path'
import { freshKey, published, type SigningKey } from '../support/keys.ts'
import { pkiFolder } from '../support/wire-pki.ts'
import { type SignedCall, signatureFor } from '../support/wire-signature.ts'
import { isSigned } from '../support/wire-signed-answer.ts'
import { outcomeOf } from './expect.ts'
import { digestOf } from './marks.ts'
import type { Got, Wanted } from './wire.ts'
import type { World } from './world.ts'

/** Clients of the configuration: each of these names has a key for message signatures. */
export const SIGNERS = ['client-0', 'client-1', 'client-2'] as const

/** Their keys, by name: one of each algorithm. */
export const signers: ReadonlyMap<string, SigningKey> = new Map(
  SIGNERS.map((name, at) => [name, freshKey((['ES256', 'Ed25519', 'PS256'] as const)[at]!, `${name}-signs`)]),
)

/** As the gateway's configuration has them. */
export function signingClients(): readonly object[] {
  return [...signers].map(([client_id, key]) => ({ client_id, jwks: published(key) }))
}

/** These fields, and a signature over the request by this key. */
export function signedBy(
  key: SigningKey,
  { method, target }: Pick<Wanted, 'method' | 'target'>,
  fields: readonly string[],
  changes: SignedCall = {},
): string[] {
  return [...fields, ...signatureFor(fields, { method, path: target, key, ...changes })]
}

/** That an answer is signed by the gateway, as another's library sees it, over this request and over what came. */
export async function expectSigned({ book }: World, kind: string, wanted: Wanted, got: Got): Promise<void> {
  const answer = { status: got.status, fields: [...got.fields].flat() }
  const asked = { method: wanted.method, path: wanted.target, fields: wanted.fields }
  const good = await isSigned(answer, asked).catch((problem: Error) => problem.message)
  const what = `${kind}: ${outcomeOf(got)} ${JSON.stringify([...got.fields])}`
  if (good !== true) book.violated('an answer is not signed as it should be', `${good} ${what}`)
  const isOwn = got.fields.get('content-digest') === digestOf(wanted.id, got.octets)
  if (got.status === 200 && !isOwn) book.violated('an answer is signed with another digest', what)
}

/** As the gateway's configuration has it. */
export async function gatewaySigning(): Promise<object> {
  return { key: join(await pkiFolder(), 'signing-key.pem'), key_id: 'gateway', algorithm: 'ES256' }
}
