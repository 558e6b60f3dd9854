import { createPublicKey, sign, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createSignature, verifySignature } from 'http-message-sig'
import { httpbis } from 'http-message-signatures'
import { afterAll, describe, expect, it } from 'vitest'
import { aKey, type SigningKey } from '../support/keys.ts'
import { COMPONENTS, clientKey } from '../support/signature.ts'
import type { Answer } from '../support/wire-client.ts'
import { pkiFolder } from '../support/wire-pki.ts'
import { clientJwks, digestOf } from '../support/wire-signature.ts'
import { asRecord, isSigned } from '../support/wire-signed-answer.ts'
import { credentials, nowSeconds, ORIGIN, token } from '../support/wire-tokens.ts'
import { startWithUpstream } from '../support/with-upstream.ts'

const PATH = '/signed/payments?from=a%2Fb&to=c'
const BODY = '{"amount":1}'
const COVERED = [...COMPONENTS, 'content-digest']
const TAG = 'fapi-2-request'

const pki = await pkiFolder()
const ours = createPublicKey(readFileSync(join(pki, 'signing-key.pem')))
const { gateway, stop } = await startWithUpstream(
  {
    clients: [{ client_id: 'tpp-1', jwks: clientJwks() }],
    signing: { key: `${pki}/signing-key.pem`, key_id: 'gateway', algorithm: 'ES256' },
    routes: [{ path: '/signed/**', upstream: 'bank', require: { issuer: 'bank', signature: 'fapi2' } }],
  },
  (_, response) => {
    response.setHeader('content-type', 'application/json')
    response.end('{"from":"upstream"}')
  },
)
afterAll(stop)

/** The fields of a payment before it is signed. */
function unsigned(): string[] {
  const fields = credentials('/signed/payments', { method: 'POST', accessToken: token() })
  return [...fields, 'content-type', 'application/json', 'content-digest', digestOf(BODY)]
}

const send = (version: '1.1' | '2', fields: readonly string[]) =>
  gateway.call({ version, method: 'POST', path: PATH, fields, body: BODY })
const KEYS: readonly (readonly [string, SigningKey, string])[] = [
  ['ecdsa-p256-sha256', clientKey(), 'ES256'],
  ['ed25519', aKey('Ed25519', 'signing client'), 'Ed25519'],
]
const pairs = (fields: readonly string[]) =>
  fields.flatMap((name, at) => (at % 2 === 0 ? [[name, fields[at + 1]!] as const] : []))
const madeBy = (alg: string, { privateKey }: SigningKey, data: Uint8Array) =>
  sign(alg === 'ed25519' ? null : 'sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' })
const isOurs = (data: Uint8Array, signature: Uint8Array) =>
  verify('sha256', data, { key: ours, dsaEncoding: 'ieee-p1363' }, signature)
const asList = (fields: readonly string[]) => pairs(fields).map(([name, value]) => ({ name, value }))

describe.each(['1.1', '2'] as const)('http-message-signatures over HTTP/%s', (version) => {
  const signWith = async (alg: string, key: SigningKey, fields: readonly string[]) => {
    const signer = {
      id: key.kid,
      alg,
      sign: async (data: Buffer) => madeBy(alg, key, data),
    }
    const message = { method: 'POST', url: ORIGIN + PATH, headers: asRecord(fields) }
    const paramValues = { tag: TAG, created: new Date() }
    const params = ['created', 'keyid', 'alg', 'tag']
    const made = await httpbis.signMessage(
      { key: signer, fields: COVERED, params, paramValues, name: 'theirs' },
      message,
    )
    return [
      ...fields,
      'signature-input',
      String(made.headers['Signature-Input']),
      'signature',
      String(made.headers['Signature']),
    ]
  }
  const verified = (answer: Answer, fields: readonly string[]) =>
    isSigned(answer, { method: 'POST', path: PATH, fields })

  it.each(KEYS)('its requests are accepted, and our answers verify with it: %s', async (alg, key) => {
    const fields = await signWith(alg, key, unsigned())
    const answer = await send(version, fields)
    expect([answer.status, answer.body]).toEqual([200, '{"from":"upstream"}'])
    expect(await verified(answer, fields)).toBe(true)
    expect(await verified({ ...answer, status: 201 }, fields)).toBe(false)
  })

  it('an answer to a refused request verifies with it', async () => {
    const fields = unsigned()
    const answer = await send(version, fields)
    expect([answer.status, answer.code]).toEqual([401, 'SIG_ABSENT'])
    expect(await verified(answer, fields)).toBe(true)
  })
})

describe.each(['1.1', '2'] as const)('http-message-sig over HTTP/%s', (version) => {
  const signWith = async (alg: string, key: SigningKey, fields: readonly string[]) => {
    const { signature, signatureInput } = await createSignature(
      { kind: 'request', method: 'POST', targetUri: ORIGIN + PATH, fields: asList(fields) },
      {
        label: 'theirs',
        components: COVERED,
        parameters: { created: nowSeconds(), keyid: key.kid, alg, tag: TAG },
        signer: { algorithm: alg, sign: (data) => madeBy(alg, key, data) },
      },
    )
    return [...fields, 'signature-input', signatureInput, 'signature', signature]
  }
  const verified = async (answer: Answer, fields: readonly string[]) => {
    const request = {
      kind: 'request',
      method: 'POST',
      targetUri: ORIGIN + PATH,
      fields: asList(fields),
    } as const
    return verifySignature(
      { kind: 'response', status: answer.status, fields: asList(answer.fields), request },
      {
        label: 'sig1',
        policy: {
          algorithms: ['ecdsa-p256-sha256'],
          requiredComponents: ['@status', 'content-digest', { name: '@method', parameters: { req: true } }],
          requiredParameters: ['created', 'tag', 'keyid'],
        },
        resolveVerifier: () => ({ algorithm: 'ecdsa-p256-sha256', verify: isOurs }),
      },
    ).then(
      ({ parameters }) => parameters.tag,
      (problem: Error) => problem.message,
    )
  }

  it.each(KEYS)('its requests are accepted, and our answers verify with it: %s', async (alg, key) => {
    const fields = await signWith(alg, key, unsigned())
    const answer = await send(version, fields)
    expect([answer.status, answer.body]).toEqual([200, '{"from":"upstream"}'])
    expect(await verified(answer, fields)).toBe('fapi-2-response')
    expect(await verified({ ...answer, status: 201 }, fields)).not.toBe('fapi-2-response')
  })
})
