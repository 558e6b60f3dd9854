import { createPublicKey, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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
import { clientCertificate, pkiFolder, x5tOf } from '../support/wire-pki.ts'
import {
  clientJwks,
  digestOf,
  messageOf,
  otherKeys,
  signatureFor,
  signedFields,
} from '../support/wire-signature.ts'
import { bearerOf, certificateToken, credentials, nowSeconds, token } from '../support/wire-tokens.ts'
import { type RecordingUpstream, startUpstream } from '../support/wire-upstream.ts'

const LONG = 'x'.repeat(5000)
/** What our own signatures are verified by. */
const RULES: SignatureRules = {
  ...fapi2.request,
  tag: null,
  several: 'all',
  coverage: coverage({ always: [], ifPresent: [], ifBody: [] }),
  algorithms: allowSignatures(['ES256']),
}
let upstream: RecordingUpstream
let gateway: TestGateway
let ours: VerificationKey

beforeAll(async () => {
  const pki = await pkiFolder()
  upstream = await startUpstream((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://x')
    const kind = pathname.split('/').at(-1)
    response.setHeader('content-type', 'application/json')
    if (kind === 'own')
      response.setHeader('signature-input', 'sig1=();created=1').setHeader('signature', 'sig1=:AA==:')
    if (kind === 'latin') response.setHeader('content-type', 'text/\xe9')
    if (kind === 'missing') response.statusCode = 404
    if (kind === 'empty') return response.writeHead(204).end()
    if (kind === 'unchanged') return response.writeHead(304, { etag: '"1"' }).end()
    if (kind === 'long') return response.end(LONG)
    if (kind === 'digested') response.setHeader('content-digest', digestOf(LONG))
    if (kind === 'lying') response.setHeader('content-digest', digestOf('another'))
    if (kind === 'digested' || kind === 'lying') return response.end(LONG)
    if (kind === 'chunks') {
      for (const part of ['{', '"a":', '1}']) response.write(part)
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
  gateway = await startGateway({
    listeners: [{ tls: { client_certificate: 'optional', client_ca: `${pki}/client-ca.pem` } }],
    upstreams: {
      bank: { url: `http://127.0.0.1:${upstream.port}` },
      away: { url: 'http://127.0.0.1:1' },
      legacy: { url: `http://127.0.0.1:${upstream.port}`, signature: {}, client_cert: 'leaf' },
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
        response: { tag: 'answer', expires_after: '60s', request_signature: 'field' },
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
    ],
  })
  const pem = readFileSync(join(pki, 'signing-key.pem'))
  const jwk = createPublicKey(pem).export({ format: 'jwk' })
  ours = readJwkSet({ keys: [{ ...jwk, kid: 'gateway', alg: 'ES256' }] })![0]!
})

afterAll(async () => {
  await gateway.stop()
  await upstream.close()
})

describe.each(['1.1', '2'] as const)('a signed request over HTTP/%s', (version) => {
  const send = (call: Parameters<typeof signedFields>[0] = {}) => {
    const { method = 'GET', path = '/signed', body } = call
    return gateway.call({
      version,
      method,
      path,
      fields: signedFields(call),
      ...(body === undefined ? {} : { body }),
    })
  }

  it('passes, with a query, with a body and its digest', async () => {
    upstream.news()
    expect((await send()).status).toBe(200)
    expect((await send({ path: '/signed/a?b=1&c=%20' })).status).toBe(200)
    expect((await send({ method: 'POST', body: '{"amount":1}' })).status).toBe(200)
    expect(upstream.news().map(({ body }) => body.toString())).toEqual(['', '', '{"amount":1}'])
  })

  it.each(otherKeys())('passes by a key for $alg', async (key) => {
    expect((await send({ key })).status).toBe(200)
  })

  it('does not pass where it is altered, and nothing reaches the upstream', async () => {
    upstream.news()
    const path = '/signed?to=a'
    const fields = signedFields({ method: 'POST', path, body: '{"amount":1}' })
    const altered = { version, method: 'POST', path, fields, body: '{"amount":1}' }
    for (const [change, code] of [
      [{ path: '/signed?to=b' }, 'SIG_INVALID'],
      [{ body: '{"amount":9}' }, 'DIGEST_MISMATCH'],
      [
        { fields: [...fields, 'content-digest', digestOf('{"amount":9}')], body: '{"amount":9}' },
        'SIG_INVALID',
      ],
    ] as const)
      expect((await gateway.call({ ...altered, ...change })).code, JSON.stringify(change)).toBe(code)
    expect(upstream.news()).toEqual([])
  })

  it("of a client's key with the token of another client", async () => {
    const accessToken = token({ claims: { client_id: 'tpp-2' } })
    expect((await send({ accessToken })).code).toBe('SIG_KEYID')
    expect((await send({ accessToken: token({ claims: { client_id: 'nobody' } }) })).code).toBe('SIG_KEYID')
  })

  it('of a certificate-bound token: once, where it changes something', async () => {
    const certificate = await clientCertificate('client-1')
    const bearer = bearerOf(certificate)
    for (const [method, expected] of [
      ['POST', 'SIG_REPLAYED'],
      ['GET', undefined],
    ] as const) {
      const call = { method, components: ['@method', '@target-uri', 'authorization'] }
      const fields = [...bearer, ...signatureFor(bearer, call), 'content-length', '0']
      const twice = () => gateway.call({ version, path: '/signed', method, fields, certificate })
      expect((await twice()).status).toBe(200)
      expect((await twice()).code).toBe(expected)
    }
  })

  it('a DPoP field must be covered even beside a certificate', async () => {
    const certificate = await clientCertificate('client-1')
    const fields = ['authorization', `Bearer ${certificateToken(x5tOf(certificate))}`, 'dpop', 'x']
    const call = { components: ['@method', '@target-uri', 'authorization'] }
    const answer = await gateway.call({
      version,
      path: '/signed',
      fields: [...fields, ...signatureFor(fields, call)],
      certificate,
    })
    expect(answer.code).toBe('SIG_DPOP_UNCOVERED')
  })

  it('a nonce comes once', async () => {
    const parameters = { nonce: randomUUID(), tag: undefined }
    expect((await send({ path: '/nonces', parameters })).status).toBe(200)
    expect((await send({ path: '/nonces', parameters })).code).toBe('SIG_REPLAYED')
    expect((await send({ path: '/nonces', parameters: { ...parameters, nonce: randomUUID() } })).status).toBe(
      200,
    )
    expect((await send({ path: '/nonces', parameters: { tag: undefined } })).code).toBe('SIG_NONCE_ABSENT')
  })

  it('a field that is signed cannot be dropped on the way', async () => {
    if (version === '2') return
    const components = ['@method', '@target-uri', 'authorization', 'dpop', 'x-limit']
    const fields = () => signedFields({ more: ['x-limit', '100'], components })
    const by = async (connection: string) =>
      (await gateway.call({ version, path: '/signed', fields: [...fields(), 'connection', connection] })).code
    expect(await by('close')).toBeUndefined()
    expect(await by('close, X-Limit')).toBe('SIG_COMPONENT_ABSENT')
  })

  it('of several, all that hold are spent: none is left for later', async () => {
    const path = '/nonces'
    const certificate = await clientCertificate('client-1')
    const bearer = bearerOf(certificate)
    const components = ['@method', '@target-uri', 'authorization']
    const [first, second] = ['a', 'b'].map((label) =>
      signatureFor(bearer, { path, components, label, parameters: { nonce: randomUUID() } }),
    ) as [string[], string[]]
    const by = async (...fields: string[]) =>
      (await gateway.call({ version, path, fields: [...bearer, ...fields], certificate })).code
    expect(await by(...first, ...second)).toBeUndefined()
    expect(await by(...second)).toBe('SIG_REPLAYED')
    expect(await by(...second, ...first)).toBe('SIG_REPLAYED')
  })

  it('where answers are not signed, is verified like any other', async () => {
    upstream.news()
    const answer = await send({ path: '/requests/own' })
    expect([answer.status, answer.all('signature')]).toEqual([200, ['sig1=:AA==:']])
    const fields = signedFields({ path: '/requests/a' })
    const altered = await gateway.call({ version, path: '/requests/b', fields })
    expect([altered.code, altered.all('signature')]).toEqual(['DPOP_HTU', []])
    const bare = await gateway.call({ version, path: '/requests', fields: credentials('/requests') })
    expect([bare.code, bare.all('accept-signature').length]).toEqual(['SIG_ABSENT', 1])
    expect((await send({ path: '/requests', parameters: { alg: 'ed25519' } })).code).toBe('SIG_ALG_MISMATCH')
    expect(upstream.news()).toHaveLength(1)
  })

  it('a refusal says what to sign, by the request that was refused', async () => {
    const get = await gateway.call({ version, path: '/signed', fields: credentials('/signed') })
    expect(get.all('accept-signature')).toEqual([
      'sig1=("@method" "@target-uri" "authorization" "dpop");created;keyid;tag="fapi-2-request"',
    ])
    const post = await gateway.call({
      version,
      method: 'POST',
      path: '/signed',
      fields: credentials('/signed', { method: 'POST' }),
      body: '{}',
    })
    expect(post.all('accept-signature')[0]).toContain('"content-digest")')
    expect(
      (await send({ path: '/nonces', parameters: { keyid: 'x', nonce: 'y' } })).all('accept-signature')[0],
    ).toContain(';created;nonce;keyid')
    expect(
      (
        await send({
          method: 'POST',
          body: '{}',
          components: ['@method', '@target-uri', 'authorization', 'dpop'],
        })
      ).all('want-content-digest'),
    ).toHaveLength(1)
  })
})

describe.each(['1.1', '2'] as const)('an answer over HTTP/%s', (version) => {
  interface Sent extends NonNullable<Parameters<typeof signedFields>[0]> {
    readonly unsigned?: boolean
  }
  /** Sends it, and verifies what comes back as a client would (FAPI2-HTTPSIG §5.3.2.2). */
  const exchange = async ({ unsigned = false, ...sent }: Sent = {}) => {
    const { method = 'GET', path = '/signed', body } = sent
    const fields = unsigned ? credentials(path.split('?')[0], { method }) : signedFields(sent)
    const call: Omit<Call, 'port'> = {
      version,
      method,
      path,
      fields,
      ...(body === undefined ? {} : { body }),
    }
    const answer = await gateway.call(call)
    return { answer, signatures: verified(call, answer) }
  }
  const identities = (signature: MessageSignature | undefined) =>
    signature?.input.components.map(({ identity }) => identity)

  it('is signed, over the request and its signature', async () => {
    const { answer, signatures } = await exchange({ label: 'mine' })
    expect(answer.status).toBe(200)
    expect(signatures[0]!.input).toMatchObject({ tag: 'fapi-2-response', keyid: 'gateway', alg: null })
    expect(identities(signatures[0])).toEqual([
      '@status',
      '@method;req',
      '@target-uri;req',
      'content-type',
      'authorization;req',
      'dpop;req',
      'content-digest',
      'signature;key="mine";req',
      'signature-input;key="mine";req',
    ])
    expect(answer.all('content-digest')).toEqual([digestOf(answer.body)])
  })

  it('covers the digest of the request where it had one, and answers by the algorithm that is wanted', async () => {
    const { answer, signatures } = await exchange({
      method: 'POST',
      body: '{}',
      more: ['want-content-digest', 'sha-512=5, sha-256=1'],
    })
    expect(identities(signatures[0])).toContain('content-digest;req')
    expect(answer.all('content-digest')).toEqual([digestOf(answer.body, 'sha-512')])
  })

  it.each([
    ['of several parts', '/signed/chunks', 200, '{"a":1}'],
    ['an error of the upstream', '/signed/missing', 404, '{"from":"upstream"}'],
  ])('%s', async (_, path, status, body) => {
    const { answer, signatures } = await exchange({ path })
    expect([answer.status, answer.body, signatures.length]).toEqual([status, body, 1])
    expect(answer.all('content-length')).toEqual([String(body.length)])
  })

  it.each([
    ['no content', 'GET', '/signed/empty', 204],
    ['not modified', 'GET', '/signed/unchanged', 304],
    ['HEAD', 'HEAD', '/signed', 200],
  ])('without a body there is no digest: %s', async (_, method, path, status) => {
    const { answer, signatures } = await exchange({ method, path })
    expect([answer.status, answer.body, signatures.length]).toEqual([status, '', 1])
    expect(answer.all('content-digest')).toEqual([])
    expect(identities(signatures[0])).not.toContain('content-digest')
  })

  it('does not carry the signature of the upstream as ours', async () => {
    const { answer, signatures } = await exchange({ path: '/signed/own' })
    expect([answer.all('signature').length, signatures.length]).toEqual([1, 1])
    expect(answer.all('signature-input')[0]).not.toContain('created=1,')
  })

  it.each([
    ['an unsigned request', { unsigned: true }, 401, 'SIG_ABSENT'],
    ['a wrong signature', { parameters: { alg: 'ed25519' } }, 401, 'SIG_ALG_MISMATCH'],
    ['an upstream that is away', { path: '/away' }, 502, 'UPSTREAM_UNREACHABLE'],
    ['a method of no sense', { path: '/signed', accessToken: 'x' }, 401, 'TOKEN_NOT_JWT'],
  ])('to %s is signed as well', async (_, sent, status, code) => {
    const { answer, signatures } = await exchange(sent)
    expect([answer.status, answer.code, signatures.length]).toEqual([status, code, 1])
    expect(answer.all('content-digest')).toEqual([digestOf(answer.body)])
    expect(identities(signatures[0])).toEqual(
      expect.arrayContaining(['@status', '@method;req', 'content-digest']),
    )
  })

  it('is signed where requests need no signature, over the one that came all the same', async () => {
    upstream.news()
    const plain = await exchange({ path: '/answers', unsigned: true, method: 'POST', body: '{}' })
    expect([plain.answer.status, plain.signatures.length]).toEqual([200, 1])
    expect(identities(plain.signatures[0])).not.toContain('signature;req')
    const wrong = await exchange({ path: '/answers', parameters: { alg: 'ed25519' } })
    expect([wrong.answer.status, wrong.signatures.length]).toEqual([200, 1])
    expect(identities(wrong.signatures[0])).toEqual(
      expect.arrayContaining(['signature;req', 'signature-input;req']),
    )
    expect(upstream.news().map((each) => each.all('signature').length)).toEqual([0, 1])
    const untrue = await gateway.call({
      version,
      method: 'POST',
      path: '/answers',
      fields: [...credentials('/answers', { method: 'POST' }), 'content-digest', digestOf('{"amount":9}')],
      body: '{"amount":1}',
    })
    expect([untrue.code, upstream.news()]).toEqual(['DIGEST_MISMATCH', []])
    // What nobody can compare would stand under our signature too.
    for (const [method, body] of [
      ['POST', '{"amount":1}'],
      ['GET', undefined],
    ] as const) {
      const answer = await gateway.call({
        version,
        method,
        path: '/answers',
        fields: [...credentials('/answers', { method }), 'content-digest', 'md5=:AAAA:'],
        ...(body === undefined ? {} : { body }),
      })
      expect([method, answer.code, upstream.news()]).toEqual([method, 'DIGEST_ALGORITHM', []])
    }
    const refused = await exchange({ path: '/answers', accessToken: 'x' })
    expect([refused.answer.code, refused.signatures.length]).toEqual(['TOKEN_NOT_JWT', 1])
    expect(refused.answer.all('accept-signature')).toEqual([])
  })

  it('is signed whole or not at all: a covered field of the upstream that cannot be signed', async () => {
    const { answer, signatures } = await exchange({ path: '/signed/latin' })
    expect([answer.status, answer.code, signatures.length]).toEqual([502, 'SIG_SIGNER_FAILED', 1])
  })

  it('that nobody can sign is not asked for', async () => {
    upstream.news()
    const answer = await gateway.call({ version, path: '/over', fields: signedFields({ path: '/over' }) })
    expect([answer.status, answer.code, answer.all('signature')]).toEqual([503, 'SIGNING_UNAVAILABLE', []])
    expect(upstream.news()).toEqual([])
  })

  it('too long to be held: refused, or under the digest of the upstream', async () => {
    const long = await exchange({ path: '/signed/long' })
    expect([long.answer.status, long.answer.code, long.signatures.length]).toEqual([
      502,
      'SIG_ANSWER_TOO_LARGE',
      1,
    ])
    const digested = await exchange({ path: '/signed/digested' })
    expect([digested.answer.status, digested.answer.body]).toEqual([200, LONG])
    expect(identities(digested.signatures[0])).toContain('content-digest')
    // Over HTTP/2 its head has gone out by the time that its only part proves false.
    const lying = exchange({ path: '/signed/lying' }).then(({ answer }) => answer.code)
    if (version === '2') await expect(lying).rejects.toThrow()
    else expect(await lying).toBe('UPSTREAM_BROKEN')
  })

  it('as a custom profile says', async () => {
    const { signatures } = await exchange({
      path: '/nonces',
      parameters: { nonce: randomUUID(), tag: 'any' },
    })
    expect(signatures[0]!.input).toMatchObject({ tag: 'answer', expires: expect.any(Number) })
    expect(identities(signatures[0])).toContain('signature;req')
  })

  it('as the client asks for it (RFC 9421 §5)', async () => {
    const wish =
      'client=("@status" "content-type" "@path";req);created;nonce="n-1";keyid="gateway";tag="mine"'
    const { signatures, answer } = await exchange({ more: ['accept-signature', wish] })
    expect(answer.all('signature-input')[0]).toContain(
      'client=("@status" "content-type" "@path";req);created=',
    )
    expect(signatures.map(({ label, input }) => [label, input.tag, input.nonce])).toEqual([
      ['sig1', 'fapi-2-response', null],
      ['client', 'mine', 'n-1'],
    ])
  })

  it.each([
    'client=("@status" "x-none")',
    'client=("@status");keyid="another"',
    'client=("@status");alg="ed25519"',
    'client=("@query-param";name="a";req)',
    'nonsense',
    'client=("@status";sf)',
    'client=();tag="holdfast-forwarded"',
    'client=("content-type" "@method";req);tag="holdfast-forwarded"',
  ])('a wish that cannot be fulfilled is passed over: %s', async (wish) => {
    const { signatures } = await exchange({ more: ['accept-signature', wish] })
    expect(signatures.map(({ label }) => label)).toEqual(['sig1'])
  })
})

it('where nothing is asked for nothing is signed, and signatures pass as they are', async () => {
  upstream.news()
  const answer = await gateway.call({
    path: '/open/own',
    fields: [...credentials('/open/own'), 'signature-input', 'a=()', 'signature', 'a=:AA==:'],
  })
  expect([answer.status, answer.all('signature')]).toEqual([200, ['sig1=:AA==:']])
  expect(upstream.news()[0]!.all('signature')).toEqual(['a=:AA==:'])
})

describe.each(['1.1', '2'] as const)(
  'an upstream that gets what is forwarded signed, over HTTP/%s',
  (version) => {
    const forwarded = async (call: Omit<Call, 'port'>) => {
      upstream.news()
      const answer = await gateway.call({ version, ...call })
      expect(answer.status).toBe(200)
      const [seen] = upstream.news()
      const at = seen!.target.indexOf('?')
      const authority = seen!.all('host')[0] as string
      const request = {
        method: seen!.method,
        origin: `http://${authority}`,
        authority,
        path: at < 0 ? seen!.target : seen!.target.slice(0, at),
        query: at < 0 ? null : seen!.target.slice(at + 1),
        requestTarget: seen!.target,
        fields: seen!.fields,
      }
      const judge = (changes: Partial<typeof request> = {}) =>
        verifySignatures(
          {
            message: { request: { ...request, ...changes }, response: null },
            input: joined(seen!.fields, 'signature-input'),
            signature: joined(seen!.fields, 'signature'),
            hasBody: false,
          },
          { ...RULES, tag: 'holdfast-forwarded', several: 'one', requiresExpires: true },
          { owner: 'us', keys: keySource([ours]) },
          nowSeconds(),
        )
      return { seen: seen!, judge }
    }

    it('can tell that it is as it left', async () => {
      const { seen, judge } = await forwarded({ path: '/legacy/a?b=c', fields: credentials('/legacy/a') })
      const [signature] = judge() as readonly MessageSignature[]
      expect(signature!.input.components.map(({ name }) => name)).toEqual(
        expect.arrayContaining([
          '@method',
          '@authority',
          '@path',
          '@query',
          'holdfast-client-id',
          'holdfast-scope',
        ]),
      )
      expect(outcome(judge({ query: 'b=d' }))).toBe('SIG_INVALID')
      const forged = seen.fields.map((text, at) =>
        seen.fields[at - 1] === 'holdfast-client-id' ? 'thief' : text,
      )
      expect(outcome(judge({ fields: forged }))).toBe('SIG_INVALID')
    })

    it('with the digest of the body, which was held', async () => {
      const fields = credentials('/legacy', { method: 'POST' })
      const { seen, judge } = await forwarded({ method: 'POST', path: '/legacy', fields, body: '{"a":1}' })
      const [signature] = judge() as readonly MessageSignature[]
      expect(signature!.covers('content-digest')).toBe(true)
      expect([seen.all('content-digest'), seen.body.toString()]).toEqual([[digestOf('{"a":1}')], '{"a":1}'])
    })

    it("with the client's certificate (RFC 9440 §4)", async () => {
      const certificate = await clientCertificate('client-1')
      const { seen, judge } = await forwarded({
        path: '/legacy',
        fields: credentials('/legacy'),
        certificate,
      })
      const [signature] = judge() as readonly MessageSignature[]
      expect(signature!.covers('client-cert')).toBe(true)
      const forged = seen.fields.map((text, at) => (seen.fields[at - 1] === 'client-cert' ? ':AA==:' : text))
      expect(outcome(judge({ fields: forged }))).toBe('SIG_INVALID')
    })

    it("gets the client's signatures no more", async () => {
      const { seen } = await forwarded({
        path: '/legacy',
        fields: signedFields({ path: '/legacy', label: 'mine' }),
      })
      expect(seen.all('signature-input').join()).toMatch(/^holdfast=/)
      expect(seen.all('signature')).toHaveLength(1)
    })
  },
)

/** The signatures of an answer, every one of which must hold; empty where it has none. */
function verified(
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
