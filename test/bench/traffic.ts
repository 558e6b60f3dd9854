import { createHash, randomUUID, X509Certificate } from 'node:crypto'
import { NonceMint } from '../../src/verify/dpop/nonce.ts'
import { aKey, freshKey, type SigningKey } from '../support/keys.ts'
import { aProof } from '../support/proof.ts'
import { aSignature } from '../support/signature.ts'
import { AUDIENCE, aToken, type JwtChanges } from '../support/token.ts'

/** Requests as octets (latin1), heads alone, one after the other. Everything is signed here, before anything is measured. */
export interface Traffic {
  /** Of a public route. */
  plain(path?: string): string
  /** Of a protected route, without credentials. */
  bare(): string
  /** With a token bound to the client's certificate. */
  bearer(path?: string): string
  /** The same, each with a token that nobody has seen. */
  freshBearer(count: number): string
  /** With a token bound to the client's key and a proof of its own each (ES256). */
  proved(count: number): string
  /** The same, each with a token and a key that nobody has seen. */
  freshProved(count: number): string
  /** The same as `proved`, with a token that says nothing by itself. */
  opaque(count: number): string
  /** The same as `proved`, each proof with a nonce. */
  withNonce(count: number): string
  /** The same as `proved`, each request signed (FAPI 2.0 HTTP Signatures); of the path it depends who signs the answer. */
  signed(count: number, path: string): string
  /** Two that pass, then one that does not: in turn without credentials, for another method, forged. */
  oneThirdBad(count: number): string
  /** One request that is refused for the reason named. */
  readonly junk: { readonly [reason in Junk]: () => string }
}

export type Junk =
  | 'malformedProof'
  | 'wrongMethod'
  | 'wrongTarget'
  | 'wrongKey'
  | 'oldProof'
  | 'expiredToken'
  | 'forgedToken'
  | 'forgedProof'

/** `certificate` is the client's, PEM. */
export function traffic(certificate: string): Traffic {
  const x5t = createHash('sha256').update(new X509Certificate(certificate).raw).digest('base64url')
  const certificateBound = (jti: string) =>
    aToken({ claims: { ...lifetime(), jti, cnf: { 'x5t#S256': x5t } } })
  const bound = certificateBound('token-2')
  const token = aToken({ claims: lifetime() })
  const withProof = (changes?: JwtChanges) => proofHead(token, changes)
  const shown = aKey('ES256', 'client').jwk
  const thief = aKey('ES256', 'thief')
  const mint = new NonceMint([NONCE_SECRET])
  const forgedProof = () => withProof({ key: thief, header: { jwk: shown } })
  const wrongMethod = () => withProof({ claims: { htm: 'POST' } })
  const bad = [() => head('/accounts'), wrongMethod, forgedProof]
  return {
    plain: (path = '/status') => head(path),
    bare: () => head('/accounts'),
    bearer: (path) => bearerHead(bound, path),
    freshBearer: (count) => each(count, () => bearerHead(certificateBound(randomUUID()))),
    proved: (count) => each(count, () => withProof()),
    freshProved: (count) => each(count, () => clientRequest(newClient())),
    opaque: (count) => each(count, () => proofHead(OPAQUE_TOKEN, {}, '/opaque')),
    withNonce: (count) =>
      each(count, () => proofHead(token, { claims: { nonce: mint.issue(now()) } }, '/nonce')),
    signed: (count, path) => each(count, () => signedHead(token, path)),
    oneThirdBad: (count) =>
      each(count, (at) =>
        at % 3 === 2 ? (bad[((at - 2) / 3) % bad.length] as () => string)() : withProof(),
      ),
    junk: {
      malformedProof: () => head('/accounts', `Authorization: DPoP ${token}`, `DPoP: ${'e30.'.repeat(200)}`),
      wrongMethod,
      wrongTarget: () => withProof({ claims: { htu: `${AUDIENCE}/payments` } }),
      wrongKey: () => withProof({ key: thief }),
      oldProof: () => withProof({ claims: { iat: now() - 300 } }),
      expiredToken: () => proofHead(aToken({ claims: { iat: now() - 600, exp: now() - 300 } })),
      forgedToken: () => proofHead(aToken({ claims: lifetime(), key: { ...thief, kid: ISSUER_KID } })),
      forgedProof,
    },
  }
}

/** A client with a key and a token of its own. */
export interface Client {
  readonly key: SigningKey
  readonly token: string
}

export function newClient(): Client {
  const key = freshKey('ES256')
  const jti = randomUUID()
  return { key, token: aToken({ claims: { ...lifetime(), jti, client_id: jti, cnf: { jkt: key.jkt } } }) }
}

/** A request of this client, with a proof of its own. */
export function clientRequest({ key, token }: Client): string {
  return proofHead(token, { key })
}

export function head(path: string, ...fields: readonly string[]): string {
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: ${new URL(AUDIENCE).host}`,
    'Accept: application/json',
    ...fields,
  ]
  return `${lines.join('\r\n')}\r\n\r\n`
}

function bearerHead(token: string, path = '/accounts'): string {
  return head(path, `Authorization: Bearer ${token}`)
}

function proofHead(token: string, changes: JwtChanges = {}, path = '/accounts'): string {
  return head(path, ...lines(credentials(token, changes, path)))
}

/** Flat: name, value, name, value. */
function credentials(token: string, { claims, ...changes }: JwtChanges, path: string): readonly string[] {
  const proof = aProof(token, {
    claims: { jti: randomUUID(), iat: now(), htu: `${AUDIENCE}${path}`, ...claims },
    ...changes,
  })
  return ['Authorization', `DPoP ${token}`, 'DPoP', proof]
}

function lines(fields: readonly string[]): readonly string[] {
  return fields.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${fields[at + 1]}`] : []))
}

function signedHead(token: string, path: string): string {
  const fields = credentials(token, {}, path)
  const { host } = new URL(AUDIENCE)
  const request = { method: 'GET', origin: AUDIENCE, authority: host, path, query: null, requestTarget: path }
  const signature = aSignature({ ...request, fields }, { parameters: { created: now() } })
  return head(path, ...lines([...fields, ...signature]))
}

function each(count: number, make: (at: number) => string): string {
  return Array.from({ length: count }, (_, at) => make(at)).join('')
}

function lifetime(): { readonly iat: number; readonly exp: number } {
  return { iat: now() - 30, exp: now() + 3_600 }
}

function now(): number {
  return Math.floor(Date.now() / 1000)
}

/** As long as a reference token usually is. */
const OPAQUE_TOKEN = 'bench.4f6bC2nTq0dWx8yJ1rLzVhKe7uPaSg5M'
export const NONCE_SECRET = 'a-secret-of-the-bench-which-nobody-else-has'
const ISSUER_KID = aKey('ES256', 'issuer').kid
