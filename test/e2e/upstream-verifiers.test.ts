import { createPrivateKey, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
// @ts-expect-error: what upstreams copy is plain JavaScript
import { verifier } from '../../deploy/upstream-verifiers/verify.mjs'
import { BANK, ROOT, startGateway, type TestGateway } from '../support/gateway.ts'
import { aKey } from '../support/keys.ts'
import { pkiFolder } from '../support/wire-pki.ts'
import { pythonWith, run } from '../support/wire-programs.ts'
import { credentials, ORIGIN } from '../support/wire-tokens.ts'
import { type RecordingUpstream, startUpstream } from '../support/wire-upstream.ts'

const AUDIENCE = 'https://accounts.internal'
const PYTHON = pythonWith('import jwt, cryptography')

describe('what upstreams verify with', () => {
  let upstream: RecordingUpstream
  let gateway: TestGateway
  let genuine: string
  let key: KeyObject

  beforeAll(async () => {
    const pki = await pkiFolder()
    key = createPrivateKey(readFileSync(join(pki, 'signing-key.pem')))
    upstream = await startUpstream()
    gateway = await startGateway({
      signing: { key: join(pki, 'signing-key.pem'), key_id: 'gateway', algorithm: 'ES256' },
      issuers: { bank: BANK },
      upstreams: {
        bank: {
          url: `http://127.0.0.1:${upstream.port}`,
          identity: 'jwt',
          txn_token: { audience: AUDIENCE },
        },
      },
      routes: [{ path: '/accounts/**', upstream: 'bank', require: { issuer: 'bank', scope: 'accounts' } }],
    })
    await gateway.call({ path: '/accounts', fields: credentials() })
    genuine = upstream.news()[0]?.all('txn-token')[0] as string
  })

  afterAll(async () => {
    await gateway.stop()
    await upstream.close()
  })

  const cases: readonly (readonly [string, () => string | Promise<string>, RegExp | null])[] = [
    ['the genuine one', () => genuine, null],
    ['one made by hand that is alike', () => forged(), null],
    ['another key', () => forged({}, {}, aKey('ES256', 'thief').privateKey), /signature/i],
    ['another type', () => forged({}, { typ: 'at+jwt' }), /typ|transaction/i],
    ['no type', () => forged({}, { typ: undefined }), /typ|transaction/i],
    ['another issuer', () => forged({ iss: 'https://evil.example' }), /iss/i],
    ['another audience', () => forged({ aud: 'https://payments.internal' }), /aud/i],
    ['one that is over', () => forged({ iat: now() - 60, exp: now() - 30 }), /exp/i],
    ['one without an end', () => forged({ exp: undefined }), /exp/i],
    ['another path', () => forged({ tctx: { method: 'GET', path: '/accounts/2' } }), /another request/],
    ['another method', () => forged({ tctx: { method: 'POST', path: '/accounts' } }), /another request/],
    ['no context', () => forged({ tctx: undefined }), /another request|KeyError/],
    ['an unknown key', () => forged({}, { kid: 'other' }), /key/i],
    ['no signature', () => `${genuine.split('.').slice(0, 2).join('.')}.`, /signature|key/i],
    ['no token', () => 'nonsense', /invalid|segments/i],
  ]

  it.each(cases)('Node: %s', async (_, token, problem) => {
    const verify = verifier(`http://127.0.0.1:${gateway.admin}/jwks`, ORIGIN, AUDIENCE)
    const said = await verify(await token(), 'GET', '/accounts').catch(String)
    if (problem === null) expect(said).toMatchObject({ sub: 'customer-7', aud: AUDIENCE })
    else expect(said).toMatch(problem)
  })

  it.skipIf(PYTHON === undefined)('Python: all of these', async () => {
    const tokens = await Promise.all(cases.map(([, token]) => token()))
    const script = join(ROOT, 'deploy/upstream-verifiers/verify.py')
    const keys = `http://127.0.0.1:${gateway.admin}/jwks`
    const args = [script, keys, ORIGIN, AUDIENCE, 'GET', '/accounts']
    const { code, stdout, stderr } = await run(PYTHON as string, args, `${tokens.join('\n')}\n`)
    expect([code, stderr]).toEqual([0, ''])
    const said = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    for (const [at, [what, , problem]] of cases.entries()) {
      if (problem === null)
        expect([what, said[at]]).toMatchObject([what, { sub: 'customer-7', aud: AUDIENCE }])
      else expect([what, said[at]]).toEqual([what, { refused: expect.any(String) }])
    }
  })

  function forged(claims: object = {}, header: object = {}, by: KeyObject = key): Promise<string> {
    const all = {
      iss: ORIGIN,
      aud: AUDIENCE,
      sub: 'customer-7',
      scope: 'accounts',
      txn: 'x',
      iat: now(),
      exp: now() + 15,
      tctx: { method: 'GET', path: '/accounts' },
      ...claims,
    }
    return new SignJWT(all)
      .setProtectedHeader({ alg: 'ES256', kid: 'gateway', typ: 'txntoken+jwt', ...header })
      .sign(by)
  }
})

function now(): number {
  return Math.floor(Date.now() / 1000)
}
