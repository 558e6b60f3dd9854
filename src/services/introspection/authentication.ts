import { createPrivateKey, type KeyObject, randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import { allow } from '../../verify/jose/algorithms.ts'
import { canSign } from '../../verify/jose/sign.ts'

/** How the gateway says who it is, as the authorization server registered it (RFC 8414 §2). */
export interface ClientIdentity {
  readonly method: ClientMethod
  readonly clientId: string
  /** For the two client_secret methods. */
  readonly secret: string | null
  /** PEM. */
  readonly privateKey: string | null
  readonly keyId: string | null
}

export type ClientMethod =
  | 'client_secret_basic'
  | 'client_secret_post'
  | 'private_key_jwt'
  | 'tls_client_auth'
  | 'self_signed_tls_client_auth'

/** What is added to one request: fields, and members of the form. */
export interface Authentication {
  readonly fields: Readonly<Record<string, string>>
  readonly form: Readonly<Record<string, string>>
}

/** Makes what authenticates one request; `issuer` is the audience of assertions. */
export function authenticator(identity: ClientIdentity, issuer: string): () => Promise<Authentication> {
  const { method, clientId, secret } = identity
  if (method === 'private_key_jwt') return assertions(identity, issuer)
  const given = MAKERS[method](clientId, secret ?? '')
  return () => Promise.resolve(given)
}

/** RFC 8705 §2.1 and §2.2: the certificate is in the handshake, the form says whose it is. */
export function isByCertificate(method: ClientMethod): boolean {
  return method === 'tls_client_auth' || method === 'self_signed_tls_client_auth'
}

/** The algorithm of FAPI2-SP §5.4.1 that this key signs with; undefined: none. */
export function assertionAlgorithm(key: KeyObject): string | undefined {
  return [...ASSERTION_ALGORITHMS.values()].find((algorithm) => canSign(algorithm, key))?.name
}

/** RFC 7523 §2.2. FAPI2-SP §5.3.3.1: the issuer alone is the audience, as a string, so no other server can use one. */
function assertions(
  { clientId, privateKey, keyId }: ClientIdentity,
  issuer: string,
): () => Promise<Authentication> {
  const key = createPrivateKey(privateKey ?? '')
  const header = { alg: assertionAlgorithm(key) ?? '', ...(keyId === null ? {} : { kid: keyId }) }
  return async () => {
    const now = Math.floor(Date.now() / 1000)
    const assertion = await new SignJWT({ jti: randomUUID() })
      .setProtectedHeader(header)
      .setIssuer(clientId)
      .setSubject(clientId)
      .setAudience(issuer)
      .setIssuedAt(now)
      .setExpirationTime(now + LIVES)
      .sign(key)
    return { fields: {}, form: { client_assertion_type: ASSERTION_TYPE, client_assertion: assertion } }
  }
}

type Maker = (clientId: string, secret: string) => Authentication

const MAKERS: Readonly<Record<Exclude<ClientMethod, 'private_key_jwt'>, Maker>> = {
  client_secret_basic: (clientId, secret) => {
    const pair = `${formEncoded(clientId)}:${formEncoded(secret)}`
    return { fields: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` }, form: {} }
  },
  client_secret_post: (clientId, secret) => ({
    fields: {},
    form: { client_id: clientId, client_secret: secret },
  }),
  tls_client_auth: byCertificate,
  self_signed_tls_client_auth: byCertificate,
}

function byCertificate(clientId: string): Authentication {
  return { fields: {}, form: { client_id: clientId } }
}

/** RFC 6749 §2.3.1: each of the two is form-encoded before they are joined, so that a colon in one is no separator. */
function formEncoded(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1)
}

const ASSERTION_ALGORITHMS = allow(['ES256', 'EdDSA', 'PS256'])
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
/** Seconds. */
const LIVES = 60
