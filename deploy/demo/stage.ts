import type { KeyObject } from 'node:crypto'
import type { JWK } from 'jose'
import { makeProof, type ProofContent } from '../../src/cli/proof.ts'
import { type Answer, type Connection, send, type WireRequest } from './wire.ts'

/** A key pair to prove possession with. */
export interface DpopKey {
  readonly key: KeyObject
  readonly jwk: JWK
}

/** All that a client has, and so all that a thief can have stolen from one. */
export interface Stage {
  /** The public origin of the API. */
  readonly api: string
  /** The folder of certificates and keys. */
  readonly certs: string
  /** Connections to the gateway, by the client certificate that each presents. */
  readonly as: Readonly<Record<'nobody' | 'client2' | 'revoked' | 'stranger', Connection>>
  /** The client's DPoP key, and one that an attacker made. */
  readonly dpopKey: DpopKey
  readonly otherKey: DpopKey
  /** Bound to `dpopKey`: for accounts and payments, and for accounts alone. */
  readonly dpopToken: string
  readonly accountsToken: string
  /** Bound to the certificate of client-1. */
  readonly mtlsToken: string
  /** The gateway's: for some seconds after its start it asks for one, since proofs of before are unknown to it. */
  readonly nonce?: string | undefined
}

/** The stage with the nonce that a client learns by its first request, where one is asked for. */
export async function withNonce(stage: Stage): Promise<Stage> {
  const { nonce } = await sendWithProof(stage, await proofFor(stage))
  return { ...stage, nonce }
}

/** Sends a request to the gateway with a DPoP-bound token and this proof. */
export function sendWithProof(
  stage: Stage,
  proof: string,
  token = stage.dpopToken,
  wire: Partial<WireRequest> = {},
): Promise<Answer> {
  const fields = ['Authorization', `DPoP ${token}`, 'DPoP', proof, ...(wire.fields ?? [])]
  return send(stage.as.nobody, { method: 'GET', path: '/accounts', ...wire, fields })
}

/** Sends GET /accounts with the certificate-bound token over this connection. */
export function sendWithCertificate(stage: Stage, connection: Connection): Promise<Answer> {
  const fields = ['Authorization', `Bearer ${stage.mtlsToken}`]
  return send(connection, { method: 'GET', path: '/accounts', fields })
}

/** The proof that an honest client makes for GET /accounts, unless something is changed. */
export function proofFor(
  stage: Stage,
  changes: Partial<ProofContent> & { path?: string } = {},
): Promise<string> {
  const { path = '/accounts', ...content } = changes
  return makeProof({
    ...stage.dpopKey,
    alg: 'ES256',
    method: 'GET',
    url: stage.api + path,
    token: stage.dpopToken,
    ...(stage.nonce === undefined ? {} : { nonce: stage.nonce }),
    ...content,
  })
}
