import { randomUUID } from 'node:crypto'
import { afterAll, describe, expect, it } from 'vitest'
import { anEncryptionKey, encrypted, withOtherTag, writtenKey } from '../support/encryption.ts'
import { BANK } from '../support/gateway.ts'
import type { Members } from '../support/jws.ts'
import { type Answer, callOn, openHttp2 } from '../support/wire-client.ts'
import { credentials, token } from '../support/wire-tokens.ts'
import { startWithUpstream } from '../support/with-upstream.ts'

const OLD = anEncryptionKey('RSA-4096', 'old')
const NEW = anEncryptionKey('P-256', 'new')
const OTHER = anEncryptionKey('X25519', 'other')
const OTHER_ISSUER = 'https://other.bank.example'

const decryption = async (...keys: readonly (typeof OLD)[]) =>
  Promise.all(keys.map(async (key) => ({ key: await writtenKey(key), key_id: key.kid })))
/** One key under four names: a token that names none of them, and that none opens, is tried with each. */
const TRIED = ['a', 'b', 'c', 'd'].map((kid) => ({ ...OLD, kid }))
const guarded = (path: string, ...issuer: readonly string[]) => ({
  path,
  upstream: 'bank',
  require: { issuer },
})
const { gateway, upstream, stop } = await startWithUpstream({
  issuers: {
    bank: { ...BANK, decryption: await decryption(OLD, NEW) },
    sealed: {
      ...BANK,
      issuer: OTHER_ISSUER,
      decryption: await decryption(OTHER),
      require_encryption: true,
    },
    plain: { ...BANK, issuer: 'https://plain.bank.example' },
    slow: { ...BANK, issuer: 'https://slow.bank.example', decryption: await decryption(...TRIED) },
  },
  routes: [
    guarded('/accounts', 'bank'),
    guarded('/both', 'bank', 'sealed', 'plain'),
    guarded('/plain', 'plain'),
    guarded('/slow', 'slow'),
  ],
})
afterAll(stop)

describe('encrypted access tokens, through the gateway', () => {
  const send = (path: string, accessToken: string) =>
    gateway.call({ path, fields: credentials(path, { accessToken }) })

  it.each([OLD, NEW])(
    'is opened with the key $kid, and its proof is over the token as it came',
    async (key) => {
      const sealed = await encrypted(token(), key)
      expect((await send('/accounts', sealed)).status).toBe(200)
      expect((await send('/accounts', sealed)).status).toBe(200)
      expect(upstream.news()[0]?.all('holdfast-client-id')).toEqual(['tpp-1'])
    },
  )

  it('is opened, as are all others that come over one connection at the same moment', async () => {
    const sealed = await Promise.all(Array.from({ length: 100 }, () => encrypted(token(), NEW)))
    const session = await openHttp2(gateway.port)
    const answers = await Promise.all(
      sealed.map((accessToken) =>
        callOn(session, { path: '/accounts', fields: credentials('/accounts', { accessToken }) }),
      ),
    )
    session.close()
    expect(answers.filter(({ status }) => status !== 200).map(({ code }) => code)).toEqual([])
    upstream.news()
  })

  it('is opened by the issuer whose key it names, and judged by its rules alone', async () => {
    const theirs = token({ claims: { iss: OTHER_ISSUER } })
    expect((await send('/both', await encrypted(theirs, OTHER))).status).toBe(200)
    expect((await send('/both', await encrypted(token(), NEW))).status).toBe(200)
    expectRefused(await send('/both', await encrypted(token(), OTHER)), 'TOKEN_ISSUER')
    expectRefused(await send('/both', await encrypted(theirs, NEW)), 'TOKEN_ISSUER')
  })

  it('the proof of the token inside does not fit', async () => {
    const inner = token()
    const [, , ...proof] = credentials('/accounts', { accessToken: inner })
    const fields = ['authorization', `DPoP ${await encrypted(inner, NEW)}`, ...proof]
    expect((await gateway.call({ path: '/accounts', fields })).code).toBe('DPOP_ATH')
  })

  it.each<Members>([{ alg: 'RSA-OAEP' }, { zip: 'DEF' }, { cty: undefined }, { cty: 'text/plain' }])(
    'TOKEN_ENCRYPTION: %j',
    async (changes) => {
      expectRefused(await send('/accounts', await encrypted(token(), OLD, changes)), 'TOKEN_ENCRYPTION')
    },
  )

  it('TOKEN_ENCRYPTION: for nobody knows which issuer', async () => {
    expectRefused(await send('/both', await encrypted(token(), NEW, { kid: 'x' })), 'TOKEN_ENCRYPTION')
  })

  it('TOKEN_DECRYPTION: for a key that is not ours, or altered', async () => {
    expectRefused(
      await send('/accounts', await encrypted(token(), anEncryptionKey('P-256', 'new'))),
      'TOKEN_DECRYPTION',
    )
    const sealed = await encrypted(token(), NEW)
    expectRefused(await send('/accounts', withOtherTag(sealed)), 'TOKEN_DECRYPTION')
  })

  it('TOKEN_UNENCRYPTED: where the issuer encrypts all of them', async () => {
    expectRefused(await send('/both', token({ claims: { iss: OTHER_ISSUER } })), 'TOKEN_UNENCRYPTED')
    expect((await send('/both', token())).status).toBe(200)
  })

  it('TOKEN_NOT_JWT: where none is expected', async () => {
    expectRefused(await send('/plain', await encrypted(token(), NEW)), 'TOKEN_NOT_JWT')
  })

  it('what is inside is judged like any other token', async () => {
    const judged = async (claims: Members, header: Members = {}) =>
      (await send('/accounts', await encrypted(token({ claims, header }), NEW))).code
    expect(await judged({ aud: 'https://other.example' })).toBe('TOKEN_AUDIENCE')
    expect(await judged({ exp: 1 })).toBe('TOKEN_EXPIRED')
    expect(await judged({}, { typ: 'JWT' })).toBe('TOKEN_TYPE')
    expect(await judged({}, { kid: 'unheard-of' })).toBe('TOKEN_KEY_UNKNOWN')
    expect(await judged({ cnf: undefined })).toBe('TOKEN_UNBOUND')
  })

  it('TOKEN_DECRYPTION_UNAVAILABLE: a flood of them is not queued, and good ones pass again after it', async () => {
    const sessions = await Promise.all(Array.from({ length: 6 }, () => openHttp2(gateway.port)))
    const flood = await Promise.all(
      Array.from({ length: 540 }, async () => {
        const made = withOtherTag(await encrypted(randomUUID(), OLD, { kid: undefined }))
        return credentials('/slow', { accessToken: made })
      }),
    )
    const known = await encrypted(token(), NEW)
    expect((await send('/accounts', known)).status).toBe(200)
    const answers = await Promise.all(
      flood.map((fields, at) => callOn(sessions[at % sessions.length]!, { path: '/slow', fields })),
    )
    for (const session of sessions) session.close()
    const busy = answers.filter(({ code }) => code === 'TOKEN_DECRYPTION_UNAVAILABLE')
    expect(busy.length).toBeGreaterThan(0)
    expect(busy[0]?.status).toBe(503)
    expect(busy[0]?.all('retry-after')).toEqual(['5'])
    expect(busy[0]?.all('www-authenticate')).toEqual([])
    expect((await send('/accounts', known)).status).toBe(200)
    expect((await send('/accounts', await encrypted(token(), NEW))).status).toBe(200)
  })

  function expectRefused(answer: Answer, code: string): void {
    expect([answer.status, answer.code]).toEqual([401, code])
    expect(answer.all('www-authenticate')[0]).toContain('error="invalid_token"')
    expect(answer.all('cache-control')).toEqual(['no-store'])
  }
})
