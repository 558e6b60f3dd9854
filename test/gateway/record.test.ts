import { afterAll, describe, expect, it } from 'vitest'
import { BANK, ROUTES, type TestGateway } from '../support/gateway.ts'
import type { Members } from '../support/jws.ts'
import type { JwtChanges } from '../support/token.ts'
import { clientCertificate, pkiFolder, x5tOf } from '../support/wire-pki.ts'
import { clientJwks, type SignedCall, signedFields } from '../support/wire-signature.ts'
import { bearerOf, credentials, HOST, nowSeconds, proof, token } from '../support/wire-tokens.ts'
import { freePort } from '../support/wire-upstream.ts'
import { startWithUpstream } from '../support/with-upstream.ts'

const client_ca = `${await pkiFolder()}/client-ca.pem`
const { gateway, upstream, stop } = await startWithUpstream({
  listeners: [{ tls: { client_certificate: 'optional', client_ca } }],
  issuers: {
    bank: { ...BANK, max_token_lifetime: '1h' },
    away: {
      ...BANK,
      issuer: 'https://away.example',
      jwks_uri: `https://127.0.0.1:${await freePort()}/`,
      jwks_file: undefined,
    },
  },
  clients: [{ client_id: 'tpp-1', jwks: clientJwks() }],
  signature_profiles: { requests: { response: 'off' } },
  routes: [
    ...ROUTES,
    { path: '/away', upstream: 'bank', require: { issuer: 'away' } },
    { path: '/mtls', upstream: 'bank', require: { issuer: 'bank', sender: 'mtls' } },
    { path: '/versioned', upstream: 'bank', required_headers: { 'x-v': 'number' }, danger_public: true },
    { path: '/signed', upstream: 'bank', require: { issuer: 'bank', signature: 'requests' } },
  ],
})
afterAll(stop)

/** What an operator needs to help a client, and the client is not told. */
describe('the record of a refusal', () => {
  const recorded = (code: string) => gateway.line((line) => line['code'] === code)

  it('says which host and path were named, also where there was no request to judge', async () => {
    await gateway.call({ path: '/accounts?secret=1', fields: ['host', 'other.example:8443'] })
    expect(await recorded('HOST_FOREIGN')).toMatchObject({ host: 'other.example:8443', path: '/accounts' })
    await gateway.call({ path: '/accounts/%2e%2e/x?secret=1' })
    expect(await recorded('PATH_AMBIGUOUS')).toMatchObject({ host: HOST, path: '/accounts/%2e%2e/x' })
  })

  it.each([
    ['TOKEN_AUDIENCE', { aud: 'https://other.example' }, '"https://other.example"'],
    [
      'TOKEN_ISSUER',
      { iss: 'https://evil.example/\u009b\u202e' },
      'iss "https://evil.example/\\u009b\\u202e"',
    ],
    ['TOKEN_CLAIMS', { client_id: undefined }, 'client_id absent'],
  ])('says what was wrong with a token: %s', async (code, claims, detail) => {
    const answer = await gateway.call({
      path: '/accounts',
      fields: credentials('/accounts', { accessToken: token({ claims }) }),
    })
    expect([answer.code, answer.body.includes('evil')]).toEqual([code, false])
    expect((await recorded(code))['detail']).toContain(detail)
  })

  /** What the gateway does not tell the client, of the refusal of this request. */
  async function detailOf(wire: Parameters<TestGateway['call']>[0], code: string) {
    const answer = await gateway.call(wire)
    expect(answer.code).toBe(code)
    const id = answer.all('x-fapi-interaction-id')[0]
    return (await gateway.line((line) => line['interaction_id'] === id))['detail']
  }

  const proved = (claims: Members) => {
    const accessToken = token()
    return ['authorization', `DPoP ${accessToken}`, 'dpop', proof(accessToken, { claims })]
  }
  const presented = (changes: JwtChanges) => credentials('/accounts', { accessToken: token(changes) })

  it.each<readonly [string, string, () => string[], RegExp]>([
    [
      'DPOP_IAT',
      'of a clock that counts milliseconds',
      () => proved({ iat: Date.now() }),
      /^iat \d{13} \(in \d+ s\); wanted: at most 60 s old, at most 10 s ahead of \d{10}$/,
    ],
    [
      'DPOP_IAT',
      'of a proof that has ended by its own exp',
      () => proved({ exp: nowSeconds() - 9 }),
      /^iat \d{10} \(.*\), exp \d{10} \(\d+ s ago\); wanted: /,
    ],
    [
      'DPOP_CLAIMS',
      'of a proof that lacks one',
      () => proved({ ath: undefined }),
      /^claims jti htm htu iat; wanted: jti htm htu iat ath, each of its type$/,
    ],
    [
      'TOKEN_SCHEME',
      'of a token without its proof',
      () => ['authorization', `Bearer ${token()}`],
      /^scheme Bearer; wanted: DPoP, as cnf has jkt$/,
    ],
    [
      'TOKEN_ALGORITHM',
      'however long and strange',
      () => presented({ header: { alg: `RS\u0007${'2'.repeat(900)}` } }),
      /^alg "RS\\u00072{200,300}…; wanted: PS256 ES256/,
    ],
    [
      'TOKEN_LIFETIME',
      'beside the limit',
      () => presented({ claims: { exp: nowSeconds() + 86_400 } }),
      /^exp - iat 864\d\d; wanted: at most 3600 s$/,
    ],
  ])('says what came and what was wanted: %s, %s', async (code, _, fields, detail) => {
    expect(await detailOf({ path: '/accounts', fields: fields() }, code)).toMatch(detail)
  })

  it.each([
    ['HEADER_ABSENT', [], 'x-v absent; wanted: number'],
    ['HEADER_MALFORMED', ['x-v', 'v1'], 'x-v v1; wanted: number'],
  ])('says which field the API asks for: %s', async (code, fields, detail) => {
    expect(await detailOf({ path: '/versioned', fields }, code)).toBe(detail)
  })

  it('says whose keys there are none of', async () => {
    const accessToken = token({ claims: { iss: 'https://away.example' } })
    const fields = credentials('/away', { accessToken })
    expect(await detailOf({ path: '/away', fields }, 'TOKEN_KEYS_UNAVAILABLE')).toMatch(
      /^iss "https:\/\/away\.example", kid "/,
    )
  })

  it('says of a certificate whose it is, and of a token how it is bound', async () => {
    const [mine, others] = [await clientCertificate('client-1'), await clientCertificate('client-2')]
    const bearer = bearerOf(mine)
    const stolen = { path: '/mtls', fields: bearer, certificate: others }
    expect(await detailOf(stolen, 'MTLS_THUMBPRINT')).toBe(
      `x5t#S256 ${x5tOf(others)}; wanted: ${x5tOf(mine)}`,
    )
    const otherwise = { path: '/mtls', fields: credentials('/mtls') }
    expect(await detailOf(otherwise, 'TOKEN_SENDER')).toBe('sender jkt; wanted: x5t#S256')
  })

  it.each<readonly [string, SignedCall, RegExp]>([
    ['SIG_KEYID', { parameters: { keyid: 'another' } }, /^sig1: keyid another; wanted: a key of the client /],
    ['SIG_TAG', { parameters: { tag: 'mine' } }, /^tags mine; wanted: one with fapi-2-request$/],
    ['SIG_CREATED_EARLY', { parameters: { created: 1 } }, /^sig1: created 1 \(\d+ s ago\); wanted: at most /],
  ])('says what of a signature is not as it should be: %s', async (code, changes, detail) => {
    expect(await detailOf({ path: '/signed', fields: signedFields(changes) }, code)).toMatch(detail)
  })

  describe('names whom a token names that was not verified', () => {
    const lineOf = async (fields: readonly string[], path = '/accounts') => {
      const answer = await gateway.call({ path, fields })
      const id = answer.all('x-fapi-interaction-id')[0] ?? upstream.news()[0]?.all('x-fapi-interaction-id')[0]
      const { code, client_id, client_claimed } = await gateway.line((line) => line['interaction_id'] === id)
      return { code, client_id, client_claimed }
    }

    it.each<readonly [string, Members, string | undefined]>([
      ['TOKEN_EXPIRED', { exp: nowSeconds() - 60 }, 'tpp-1'],
      ['TOKEN_AUDIENCE', { aud: 'https://other.example' }, 'tpp-1'],
      ['TOKEN_LIFETIME', { exp: nowSeconds() + 86_400 }, 'tpp-1'],
      ['TOKEN_CLAIMS', { client_id: undefined, cid: 'tpp-2' }, 'tpp-2'],
      ['TOKEN_ISSUER', { iss: 'https://evil.example', client_id: 'x\u202e\n' }, '"x\\u202e\\n"'],
      ['TOKEN_CLAIMS', { client_id: ['tpp-1'] }, undefined],
    ])('%s', async (code, claims, client_claimed) => {
      expect(await lineOf(presented({ claims }))).toEqual({ code, client_id: null, client_claimed })
    })

    it('as far as a name is long', async () => {
      const { client_claimed } = await lineOf(presented({ claims: { client_id: 'x'.repeat(3000), exp: 1 } }))
      expect(client_claimed).toBe(`${'x'.repeat(200)}…`)
    })

    it('where one was verified, or nothing was refused, nobody', async () => {
      const verified = await lineOf(presented({ claims: { scope: 'others' } }))
      expect(verified).toEqual({ code: 'SCOPE_INSUFFICIENT', client_id: 'tpp-1', client_claimed: undefined })
      upstream.news()
      const open = await lineOf(['authorization', `Bearer ${token()}`], '/status')
      expect(open).toEqual({ code: null, client_id: null, client_claimed: undefined })
    })
  })
})
