import { createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDenial } from '../../src/domain/denial.ts'
import { readJwkSet, type VerificationKey } from '../../src/verify/jose/jwk-set.ts'
import { coverage, fapi2, type SignatureRules } from '../../src/verify/message-signature/profile.ts'
import { allowSignatures } from '../../src/verify/message-signature/signature-algorithms.ts'
import { type MessageSignature, verifySignatures } from '../../src/verify/message-signature/verify.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { joined } from '../support/http-message.ts'
import { aKey, published } from '../support/keys.ts'
import { outcome } from '../support/outcome.ts'
import { keySource } from '../support/token.ts'
import type { Answer, Call } from '../support/wire-client.ts'
import { pkiFolder } from '../support/wire-pki.ts'
import { clientJwks, digestOf, messageOf } from '../support/wire-signature.ts'
import { nowSeconds } from '../support/wire-tokens.ts'
import { type RecordingUpstream, startUpstream } from '../support/wire-upstream.ts'

/** Of `long`, `endless`, `digested` and `lying`: longer than any answer that is held. */
export const LONG = 'x'.repeat(5000)
/** Answers that come in several. */
const PARTS: { readonly [kind: string]: readonly string[] } = {
  chunks: ['{', '"a":', '1}'],
  longest: [LONG.slice(0, 1000), LONG.slice(0, 3096)],
}
/** What our own signatures are verified by. */
export const RULES: SignatureRules = {
  ...fapi2.request,
  tag: null,
  several: 'all',
  coverage: coverage({ always: [], ifPresent: [], ifBody: [] }),
  algorithms: allowSignatures(['ES256']),
  fieldTypes: new Map([...fapi2.request.fieldTypes, ['x-rate', 'dictionary']]),
}
/** What a signature says is in whole seconds (RFC 9421 §2.3), whatever the configuration has. */
const PARTS_OF_SECONDS = { expires_after: '60999ms' }

export interface SigningGateway {
  readonly gateway: TestGateway
  readonly upstream: RecordingUpstream
  /** How many answers without an end were given up. */
  readonly cut: number
  /** The key by which the gateway signs. */
  readonly ours: VerificationKey
  /** The signatures of an answer to this call, every one of which must hold; empty where it has none. */
  verified(call: Omit<Call, 'port'>, answer: Answer): readonly MessageSignature[]
  stop(): Promise<void>
}

/** A gateway that verifies signed requests, signs answers and signs what it forwards, by its path; the upstream answers by the last segment. */
export async function startSigningGateway(): Promise<SigningGateway> {
  const pki = await pkiFolder()
  let cut = 0
  const upstream = await startUpstream((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://x')
    const kind = pathname.split('/').at(-1)
    response.setHeader('content-type', 'application/json')
    if (kind === 'own')
      response.setHeader('signature-input', 'sig1=();created=1').setHeader('signature', 'sig1=:AA==:')
    if (kind === 'latin') response.setHeader('content-type', 'text/\xe9')
    if (kind === 'rated') response.setHeader('x-rate', 'all=9, left=3')
    if (kind === 'missing') response.statusCode = 404
    if (kind === 'empty') return response.writeHead(204).end()
    if (kind === 'unchanged') return response.writeHead(304, { etag: '"1"' }).end()
    if (kind === 'nothing') return response.end()
    if (kind === 'exact') return response.setHeader('content-length', 4096).end(LONG.slice(0, 4096))
    if (kind === 'long') return response.setHeader('content-length', LONG.length).end(LONG)
    if (kind === 'endless') {
      response.once('close', () => cut++)
      return response.write(LONG)
    }
    if (kind === 'digested') response.setHeader('content-digest', ['md5=:AAAA:', digestOf(LONG)])
    if (kind === 'lying') response.setHeader('content-digest', digestOf('another'))
    if (kind === 'digested' || kind === 'lying') return response.end(LONG)
    const parts = PARTS[kind ?? '']
    if (parts !== undefined) {
      for (const part of parts) response.write(part)
      return response.end()
    }
    response.end('{"from":"upstream"}')
  })
  const guarded = (path: string, signature: string, more: object = {}) => ({
    path,
    upstream: 'bank',
    require: { issuer: 'bank', signature },
    limits: { held_answer_size: '4KiB' },
    ...more,
  })
  const gateway = await startGateway({
    listeners: [{ tls: { client_certificate: 'optional', client_ca: `${pki}/client-ca.pem` } }],
    upstreams: {
      bank: { url: `http://127.0.0.1:${upstream.port}` },
      away: { url: 'http://127.0.0.1:1' },
      legacy: { url: `http://127.0.0.1:${upstream.port}`, signature: PARTS_OF_SECONDS, client_cert: 'leaf' },
    },
    clients: [
      { client_id: 'tpp-1', jwks: clientJwks() },
      { client_id: 'tpp-2', jwks: published(aKey('ES256', 'another client')) },
    ],
    signing: [
      { key: `${pki}/signing-key.pem`, key_id: 'gateway', algorithm: 'ES256' },
      { key: `${pki}/signing-key.pem`, key_id: 'over', algorithm: 'ES256', sign_until: '2020-01-01' },
    ],
    signature_profiles: {
      nonces: {
        request: { nonce: 'required', tag: '*', several: 'any' },
        response: {
          tag: 'answer',
          ...PARTS_OF_SECONDS,
          request_signature: 'field',
          always: ['@status', 'content-type', 'signature;req'],
          if_present: ['content-type', 'dpop;req', 'x-rate;key="left"'],
        },
        structured_fields: { 'X-Rate': 'dictionary' },
      },
      answers: { request: 'off' },
      requests: { response: 'off' },
    },
    routes: [
      guarded('/signed/**', 'fapi2'),
      guarded('/nonces/**', 'nonces'),
      guarded('/answers/**', 'answers'),
      guarded('/requests/**', 'requests'),
      guarded('/away/**', 'fapi2', { upstream: 'away' }),
      guarded('/over/**', 'fapi2', { signing_key: 'over' }),
      { path: '/open/**', upstream: 'bank', require: { issuer: 'bank' } },
      { path: '/legacy/**', upstream: 'legacy', require: { issuer: 'bank' } },
      { path: '/legacy/over', upstream: 'legacy', require: { issuer: 'bank' }, signing_key: 'over' },
    ],
  })
  const pem = readFileSync(join(pki, 'signing-key.pem'))
  const jwk = createPublicKey(pem).export({ format: 'jwk' })
  const ours = readJwkSet({ keys: [{ ...jwk, kid: 'gateway', alg: 'ES256' }] })![0]!
  return {
    gateway,
    upstream,
    get cut() {
      return cut
    },
    ours,
    verified: (call, answer) => verified(ours, call, answer),
    stop: async () => {
      await gateway.stop()
      await upstream.close()
    },
  }
}

function verified(
  ours: VerificationKey,
  { method = 'GET', path = '/', fields = [] }: Omit<Call, 'port'>,
  answer: Answer,
): readonly MessageSignature[] {
  const subject = {
    message: {
      request: messageOf(method, path, fields),
      response: { status: answer.status, fields: answer.fields },
    },
    input: joined(answer.fields, 'signature-input'),
    signature: joined(answer.fields, 'signature'),
    hasBody: answer.body !== '',
  }
  if (subject.input === null) return []
  const proved = verifySignatures(subject, RULES, { owner: 'us', keys: keySource([ours]) }, nowSeconds())
  if (isDenial(proved) || !Array.isArray(proved))
    throw new Error(`the answer does not verify: ${outcome(proved)}`)
  return proved
}
