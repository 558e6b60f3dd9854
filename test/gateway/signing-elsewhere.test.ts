import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { connect } from 'node:tls'
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Signer } from '../../src/domain/ports.ts'
import { LocalSigner, publishedJwk, SigningKeys } from '../../src/services/signing/signing-keys.ts'
import { hasHsm, startHsm, type TestHsm } from '../support/hsm.ts'
import { aKey } from '../support/keys.ts'
import { call, callOn, openHttp2 } from '../support/wire-client.ts'
import { type InProcess, openInProcess } from '../support/wire-in-process.ts'
import { pkiFolder } from '../support/wire-pki.ts'
import { clientJwks, signedFields } from '../support/wire-signature.ts'
import { credentials, ORIGIN } from '../support/wire-tokens.ts'
import { type RecordingUpstream, startUpstream } from '../support/wire-upstream.ts'

const METADATA = '/.well-known/oauth-protected-resource'

describe.skipIf(!hasHsm)('a key in a hardware module, over PKCS#11', () => {
  let hsm: TestHsm
  let upstream: RecordingUpstream
  let gateway: InProcess

  beforeAll(async () => {
    hsm = startHsm()
    upstream = await startUpstream()
    const signing = new SigningKeys([hsm.key('in-the-module')])
    gateway = await openInProcess(await config(upstream.port), { signing })
  })

  afterAll(async () => {
    await gateway.stop()
    await upstream.close()
    hsm.remove()
  })

  it('signs what upstreams are told, and the published key verifies it', async () => {
    const answer = await call({ port: gateway.port, path: '/accounts', fields: credentials() })
    expect(answer.status).toBe(200)
    const jwt = upstream.news()[0]?.all('txn-token')[0] as string
    expect(decodeProtectedHeader(jwt)).toEqual({ typ: 'txntoken+jwt', alg: 'ES256', kid: 'in-the-module' })
    const { payload } = await jwtVerify(jwt, await keys(), { audience: 'bank' })
    expect(payload.sub).toBe('customer-7')
  })

  it('signs metadata, once for all who ask at the same moment', async () => {
    const all = await Promise.all([1, 2, 3].map(() => call({ port: gateway.port, path: METADATA })))
    const signed = all.map(({ body }) => JSON.parse(body).signed_metadata)
    expect(new Set(signed).size).toBe(1)
    expect((await jwtVerify(signed[0], await keys(), { issuer: ORIGIN })).payload['resource']).toBe(ORIGIN)
  })

  async function keys() {
    return createLocalJWKSet(JSON.parse((await call({ port: gateway.port, path: '/jwks' })).body))
  }
})

const UNREACHABLE = [
  ['rejects', () => Promise.reject(new Error('away'))],
  [
    'throws',
    () => {
      throw new Error('away')
    },
  ],
] as const

const { privateKey } = aKey('ES256', 'signing')
const HERE = new LocalSigner('away', 'ES256', privateKey)
/** Of what was opened in the test that runs. */
const ends: (() => Promise<void>)[] = []

describe('a key that cannot be reached', () => {
  afterEach(async () => {
    for (const end of ends.splice(0)) await end()
  })

  it.each(
    UNREACHABLE.flatMap(([how, sign]) =>
      (['1.1', '2'] as const).map((version) => [how, version, sign] as const),
    ),
  )('and %s: SIGNING_UNAVAILABLE, and nothing is forwarded, HTTP/%s', async (_, version, sign) => {
    const { gateway, upstream } = await signingBy(sign)
    for (const path of ['/accounts', '/vouched', METADATA, METADATA]) {
      const answer = await call({
        port: gateway.port,
        path,
        fields: path === METADATA ? [] : credentials(path),
        version,
      })
      expect([path, answer.status, answer.code]).toEqual([path, 503, 'SIGNING_UNAVAILABLE'])
      expect(answer.body).not.toContain('away')
    }
    expect(upstream.news()).toEqual([])
    const details = gateway.records.map(({ detail }) => detail)
    expect(details).toEqual(Array(4).fill(expect.stringContaining('Error: away')))
  })

  it('what it answers in place of a signature ends one exchange, which is refused unsigned', async () => {
    const sign = () => Promise.resolve('no signature' as never)
    const { gateway } = await signingBy(sign)
    for (let time = 0; time < 2; time++) {
      const answer = await call({ port: gateway.port, path: '/signed' })
      expect([answer.status, answer.all('signature')]).toEqual([401, []])
    }
    expect(gateway.records.map(({ detail }) => detail)).toEqual(
      Array(2).fill(expect.stringContaining('the key service failed: TypeError')),
    )
  })

  it.each([
    ['does not answer', () => new Promise<never>(() => {}), 'Error: no answer within 300 ms'],
    [
      'answers with a signature in another form',
      () => Promise.resolve(new Uint8Array(71)),
      'TypeError: a signature of 71 octets where ES256 has 64',
    ],
    [
      'gives one in another form at once',
      () => new Uint8Array(71),
      'TypeError: a signature of 71 octets where ES256 has 64',
    ],
  ])('one that %s has failed, and nothing is left of who waited', async (_, sign, detail) => {
    const { gateway, upstream } = await signingBy(sign, 300)
    for (const path of ['/accounts', '/vouched']) {
      const answer = await call({ port: gateway.port, path, fields: credentials(path) })
      expect([answer.status, answer.code]).toEqual([503, 'SIGNING_UNAVAILABLE'])
    }
    const refused = await call({ port: gateway.port, path: '/signed' })
    expect([refused.status, refused.all('signature')]).toEqual([401, []])
    expect(gateway.records.map((record) => record.detail)).toEqual(
      Array(3).fill(expect.stringContaining(detail)),
    )
    expect([gateway.inFlight(), upstream.news()]).toEqual([0, []])
  })

  it.each(UNREACHABLE)(
    'one that %s: refused unsigned, also where the gateway answers OPTIONS itself',
    async (_, sign) => {
      const { gateway } = await signingBy(sign)
      const refused = await call({ port: gateway.port, path: '/signed' })
      expect([refused.status, refused.all('signature')]).toEqual([401, []])
      const options = await call({
        port: gateway.port,
        method: 'OPTIONS',
        path: '/signed',
        fields: [...signedFields({ method: 'OPTIONS', path: '/signed' }), 'max-forwards', '0'],
      })
      expect([options.status, options.code, options.all('signature')]).toEqual([502, 'SIG_SIGNER_FAILED', []])
      expect(gateway.records.map(({ status, detail }) => [status, detail])).toEqual([
        [401, 'the key service failed: Error: away'],
        [502, 'the key service failed: Error: away'],
      ])
    },
  )

  it('and has not answered three times: nothing more is forwarded whose answer it would sign, until it answers', async () => {
    let isHanging = true
    const sign = (octets: Uint8Array) =>
      isHanging ? new Promise<never>(() => {}) : Promise.resolve(HERE.sign(octets))
    const { gateway, upstream } = await signingBy(sign, 300)
    const ask = async () => {
      const { status, code, all } = await call({
        port: gateway.port,
        path: '/signed',
        fields: signedFields({ path: '/signed' }),
      })
      return [status, code, all('signature').length]
    }
    // Each costs two signatures that do not come: the answer's, and that of what is said in its place.
    expect([await ask(), await ask()]).toEqual(Array(2).fill([502, 'SIG_SIGNER_FAILED', 0]))
    expect(upstream.news()).toHaveLength(2)
    expect(await ask()).toEqual([503, 'SIGNING_UNAVAILABLE', 0])
    expect(gateway.records.at(-1)?.detail).toBe('the key service has not answered of late')
    isHanging = false
    // It is a refusal that it is tried with.
    await expect.poll(ask, { interval: 200 }).toEqual([503, 'SIGNING_UNAVAILABLE', 1])
    expect(upstream.news()).toEqual([])
    expect(await ask()).toEqual([200, undefined, 1])
  })

  it('is not kept from signing answers by refusals of those who have no token', async () => {
    const asked: (() => void)[] = []
    const sign = (octets: Uint8Array) =>
      new Promise<Uint8Array>((resolve) => {
        asked.push(() => resolve(HERE.sign(octets) as Uint8Array))
      })
    const { gateway } = await signingBy(sign, 60_000)
    const session = await openHttp2(gateway.port)
    let unsigned = 0
    const refusals = Array.from({ length: 90 }, async () => {
      const refused = await callOn(session, { path: '/signed' })
      if (refused.all('signature').length === 0) unsigned++
      return refused.status
    })
    await expect.poll(() => unsigned).toBe(90 - 16)
    expect(asked).toHaveLength(16)
    const fields = signedFields({ path: '/signed' })
    const answer = call({ port: gateway.port, path: '/signed', fields })
    await expect.poll(() => asked).toHaveLength(17)
    for (const each of asked) each()
    const { status, all } = await answer
    expect([status, all('signature').length]).toEqual([200, 1])
    expect(new Set(await Promise.all(refusals))).toEqual(new Set([401]))
    expect(unsigned).toBe(90 - 16)
    session.close()
  })

  it('and is busy signs what those who have a token are refused, and not what anybody is', async () => {
    const busy: Signer = {
      keyId: 'away',
      algorithm: 'ES256',
      sign: (octets) => HERE.sign(octets),
      isBusy: true,
    }
    const signer = { current: () => busy, algorithms: () => ['ES256' as const] }
    const gateway = await openInProcess(await config(1), { signer })
    ends.push(() => gateway.stop())
    for (const [fields, signatures] of [
      [[], 0],
      [credentials('/signed'), 1],
    ] as const) {
      const refused = await call({ port: gateway.port, path: '/signed', fields })
      expect([refused.status, refused.all('signature').length]).toEqual([401, signatures])
    }
  })

  it('who goes away meanwhile is not forwarded for', async () => {
    const answers: (() => void)[] = []
    const sign = (octets: Uint8Array) =>
      new Promise<Uint8Array>((resolve) => {
        answers.push(() => resolve(HERE.sign(octets) as Uint8Array))
      })
    // For the one it is said who asks, for the other the request itself is signed.
    for (const path of ['/accounts', '/vouched']) {
      const { gateway, upstream } = await signingBy(sign)
      const socket = connect({ port: gateway.port, rejectUnauthorized: false })
      const [, authorization, , made] = credentials(path)
      socket.write(
        `GET ${path} HTTP/1.1\r\nHost: api.bank.example\r\nAuthorization: ${authorization}\r\nDPoP: ${made}\r\n\r\n`,
      )
      await expect.poll(() => answers).toHaveLength(1)
      socket.destroy()
      await wait(200)
      answers.pop()?.()
      await expect.poll(() => gateway.records.length).toBe(1)
      await wait(100)
      expect([path, gateway.records[0]?.gone, upstream.news()]).toEqual([path, true, []])
    }
  })
})

/** A gateway in this process that signs by a key like this, and what it forwards to. */
async function signingBy(sign: Signer['sign'], patience?: number) {
  const upstream = await startUpstream()
  const jwk = publishedJwk('away', 'ES256', privateKey)
  const signer = { keyId: 'away', algorithm: 'ES256', sign } as const
  const signing = new SigningKeys([{ signer, jwk, hosts: null, signFrom: null, signUntil: null }], patience)
  const gateway = await openInProcess(await config(upstream.port), { signing })
  ends.push(async () => {
    await gateway.stop()
    await upstream.close()
  })
  return { gateway, upstream }
}

async function config(port: number) {
  const pki = await pkiFolder()
  return {
    // Only so that the file is good: the tests give the keys.
    signing: { key: join(pki, 'signing-key.pem'), key_id: 'unused', algorithm: 'ES256' },
    listeners: [{ jwks_path: '/jwks', resource_metadata: { signed: true } }],
    upstreams: {
      bank: { url: `http://127.0.0.1:${port}`, identity: 'jwt', txn_token: { audience: 'bank' } },
      vouched: { url: `http://127.0.0.1:${port}`, signature: {} },
      plain: { url: `http://127.0.0.1:${port}` },
    },
    clients: [{ client_id: 'tpp-1', jwks: clientJwks() }],
    routes: [
      { path: '/accounts/**', upstream: 'bank', require: { issuer: 'bank', scope: 'accounts' } },
      { path: '/vouched', upstream: 'vouched', require: { issuer: 'bank', scope: 'accounts' } },
      { path: '/signed', upstream: 'plain', require: { issuer: 'bank', signature: 'fapi2' } },
    ],
  }
}
