import { randomUUID } from 'node:crypto'
import { afterAll, describe, expect, it } from 'vitest'
import { clientCertificate, x5tOf } from '../support/wire-pki.ts'
import { digestOf, otherKeys, signatureFor, signedFields } from '../support/wire-signature.ts'
import { bearerOf, certificateToken, credentials, token } from '../support/wire-tokens.ts'
import { startSigningGateway } from './signing-world.ts'

const { gateway, upstream, stop } = await startSigningGateway()

afterAll(stop)

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

  it('a structured field that is signed cannot have put before it what another would read', async () => {
    const components = ['@method', '@target-uri', 'authorization', 'dpop', 'idempotency-key;sf']
    const by = async (key: string) => {
      const fields = signedFields({ more: ['idempotency-key', '"k"; to=1'], components })
      const altered = fields.map((text) => text.replace('"k"; to=1', key))
      return (await gateway.call({ version, path: '/signed', fields: altered })).code
    }
    expect(await by('"k";to=1')).toBeUndefined()
    expect(await by('"k";to=9;to=1')).toBe('SIG_FIELD_VALUE')
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
