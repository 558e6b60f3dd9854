import { hash } from 'node:crypto'
import type { RequestMessage } from '../../src/verify/message-signature/message.ts'
import type { GatewayConfig } from './gateway.ts'
import { splitAt } from './http-message.ts'
import { aKey, published, type SigningKey } from './keys.ts'
import { aSignature, COMPONENTS, clientKey, type SignatureChanges } from './signature.ts'
import { pkiFolder } from './wire-pki.ts'
import { credentials, HOST, nowSeconds, ORIGIN, token } from './wire-tokens.ts'

/** One request that is signed; `accessToken` for another than the usual one. */
export interface SignedCall extends SignatureChanges {
  readonly method?: string
  readonly path?: string
  readonly body?: string
  readonly accessToken?: string
  /** Beside the credentials, before the signature. */
  readonly more?: readonly string[]
}

/** The fields of one request that is signed as `fapi2` asks for it, but for the changes. */
export function signedFields({
  method = 'GET',
  path = '/signed',
  body,
  accessToken = token(),
  more = [],
  ...changes
}: SignedCall = {}): string[] {
  const digest = body === undefined ? [] : ['content-digest', digestOf(body)]
  const [plainPath] = path.split('?', 1) as [string]
  const fields = [...credentials(plainPath, { method, accessToken }), ...digest, ...more]
  return [...fields, ...signatureFor(fields, { method, path, ...changes })]
}

/** The two fields of a signature over a request with these fields. */
export function signatureFor(
  fields: readonly string[],
  { method = 'GET', path = '/signed', parameters, components, ...changes }: SignedCall = {},
): string[] {
  const request = messageOf(method, path, fields)
  const covered = fields.includes('content-digest') ? [...COMPONENTS, 'content-digest'] : COMPONENTS
  return aSignature(request, {
    components: components ?? covered,
    parameters: { created: nowSeconds(), ...parameters },
    ...changes,
  })
}

/** A request for the gateways of the tests as a signature sees it. */
export function messageOf(method: string, target: string, fields: readonly string[]): RequestMessage {
  const [path, query] = splitAt(target, '?')
  return { method, origin: ORIGIN, authority: HOST, path, query, requestTarget: target, fields }
}

export function digestOf(body: string | Buffer, name: 'sha-256' | 'sha-512' = 'sha-256'): string {
  return `${name}=:${hash(name.replace('-', ''), body, 'base64')}:`
}

/** What the client of the tests publishes: a key for each algorithm of FAPI 2.0, and one that does not say its own. */
export function clientJwks(): { readonly keys: readonly object[] } {
  const { jwk, kid } = aKey('PS256', 'open')
  return { keys: [...published(clientKey(), ...otherKeys()).keys, { ...jwk, kid }] }
}

export const otherKeys = (): readonly SigningKey[] => [
  aKey('Ed25519', 'signing client'),
  aKey('PS256', 'signing client'),
]

/** A gateway whose answers are signed, and held for that up to 4 KiB; its upstream is at this port. */
export async function signedUpTo4KiB(port: number): Promise<GatewayConfig> {
  return {
    signing: { key: `${await pkiFolder()}/signing-key.pem`, key_id: 'gateway', algorithm: 'ES256' },
    clients: [{ client_id: 'tpp-1', jwks: clientJwks() }],
    upstreams: { bank: { url: `http://127.0.0.1:${port}` } },
    routes: [
      {
        path: '/signed',
        upstream: 'bank',
        require: { issuer: 'bank', signature: 'fapi2' },
        limits: { held_answer_size: '4KiB' },
      },
    ],
  }
}
