import { randomUUID } from 'node:crypto'
import { afterAll, describe, expect, it } from 'vitest'
import type { MessageSignature } from '../../src/verify/message-signature/verify.ts'
import type { Call } from '../support/wire-client.ts'
import { digestOf, signedFields } from '../support/wire-signature.ts'
import { credentials } from '../support/wire-tokens.ts'
import { LONG, startSigningGateway } from './signing-world.ts'

const world = await startSigningGateway()
const { gateway, upstream, verified, stop } = world

afterAll(stop)

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
    ['as long as may be held', '/signed/longest', 200, LONG.slice(0, 4096)],
    ['as long as may be held, and announced', '/signed/exact', 200, LONG.slice(0, 4096)],
    ['an error of the upstream', '/signed/missing', 404, '{"from":"upstream"}'],
  ])('%s', async (_, path, status, body) => {
    const { answer, signatures } = await exchange({ path })
    expect([answer.status, answer.body, signatures.length]).toEqual([status, body, 1])
    expect(answer.all('content-length')).toEqual([String(body.length)])
  })

  it.each([
    ['no content', 'GET', '/signed/empty', 204],
    ['content without an octet', 'GET', '/signed/nothing', 200],
    ['not modified', 'GET', '/signed/unchanged', 304],
    ['HEAD', 'HEAD', '/signed', 200],
    ['HEAD of what has one', 'HEAD', '/signed/digested', 200],
    ['HEAD, and an answer of ours', 'HEAD', '/away', 502],
    ['OPTIONS that goes no further', 'OPTIONS', '/signed', 204],
  ])('without a body there is no digest: %s', async (_, method, path, status) => {
    const { answer, signatures } = await exchange({ method, path, more: ['max-forwards', '0'] })
    expect([answer.status, answer.body, signatures.length]).toEqual([status, '', 1])
    expect(answer.all('content-digest')).toEqual([])
    expect(identities(signatures[0])).not.toContain('content-digest')
  })

  it.each([
    ['as long as may be held', '/signed/exact', 4096],
    ['longer than may be held', '/signed/long', LONG.length],
  ])('tells by HEAD how long the body would be: %s', async (_, path, length) => {
    const { answer, signatures } = await exchange({ method: 'HEAD', path })
    expect([answer.status, answer.all('content-length'), signatures.length]).toEqual([
      200,
      [String(length)],
      1,
    ])
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
    // What nobody has compared is not signed.
    expect(digested.answer.all('content-digest')).toEqual([digestOf(LONG)])
    expect(digested.answer.all('content-length')).toEqual([String(LONG.length)])
    // Over HTTP/2 its head has gone out by the time that its only part proves false.
    const lying = exchange({ path: '/signed/lying' }).then(({ answer }) => answer.code)
    if (version === '2') await expect(lying).rejects.toThrow()
    else expect(await lying).toBe('UPSTREAM_BROKEN')
  })

  it('too long to be held is not waited for: its connection is given back before its end', async () => {
    const { cut } = world
    expect((await exchange({ path: '/signed/endless' })).answer.code).toBe('SIG_ANSWER_TOO_LARGE')
    await expect.poll(() => world.cut).toBe(cut + 1)
  })

  it('as a custom profile says', async () => {
    const { signatures } = await exchange({
      path: '/nonces/rated',
      parameters: { nonce: randomUUID(), tag: 'any' },
    })
    expect(signatures[0]!.input).toMatchObject({ tag: 'answer', expires: expect.any(Number) })
    // What a profile names for two reasons is covered once (RFC 9421 §2).
    const expected = ['@status', 'content-type', 'signature;req', 'dpop;req', 'x-rate;key="left"']
    expect(identities(signatures[0])).toEqual([...expected, 'content-digest', 'signature-input;req'])
    // One of ours has no content type, and is signed all the same.
    const ours = await exchange({
      method: 'OPTIONS',
      path: '/nonces/rated',
      parameters: { nonce: randomUUID(), tag: 'any' },
      more: ['max-forwards', '0'],
    })
    expect(identities(ours.signatures[0])).toEqual([
      '@status',
      'signature;req',
      'dpop;req',
      'signature-input;req',
    ])
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
    'client=("@status" "@status")',
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
