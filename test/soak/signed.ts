import { createPublicKey, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { httpbis } from 'http-message-signatures'
import { freshKey, published, type SigningKey } from '../support/keys.ts'
import { pkiFolder } from '../support/wire-pki.ts'
import { type SignedCall, signatureFor } from '../support/wire-signature.ts'
import { ORIGIN } from '../support/wire-tokens.ts'
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
  const { key } = (await gatewayKey) as { key: ReturnType<typeof createPublicKey> }
  const isSigned = await httpbis
    .verifyMessage(
      {
        keyLookup: async ({ keyid }) => ({
          id: String(keyid),
          verify: async (data: Buffer, signature: Buffer) =>
            verify('sha256', data, { key, dsaEncoding: 'ieee-p1363' }, signature),
        }),
        requiredFields: ['@status', 'content-digest'],
        all: true,
        tolerance: 60,
      },
      { status: got.status, headers: Object.fromEntries(got.fields) },
      { method: wanted.method, url: ORIGIN + wanted.target, headers: recordOf(wanted.fields) },
    )
    .catch((problem: Error) => problem.message)
  const what = `${kind}: ${outcomeOf(got)} ${JSON.stringify([...got.fields])}`
  if (isSigned !== true) book.violated('an answer is not signed as it should be', `${isSigned} ${what}`)
  const isOwn = got.fields.get('content-digest') === digestOf(wanted.id, got.octets)
  if (got.status === 200 && !isOwn) book.violated('an answer is signed with another digest', what)
}

function recordOf(fields: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    fields.flatMap((name, at) => (at % 2 === 0 ? [[name, fields[at + 1] as string]] : [])),
  )
}

/** As the gateway's configuration has it. */
export async function gatewaySigning(): Promise<object> {
  return { key: join(await pkiFolder(), 'signing-key.pem'), key_id: 'gateway', algorithm: 'ES256' }
}

const gatewayKey = pkiFolder().then((pki) => ({
  key: createPublicKey(readFileSync(join(pki, 'signing-key.pem'))),
}))
