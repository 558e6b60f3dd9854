import { spawnSync } from 'node:child_process'
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SignJWT } from 'jose'
import { afterAll, describe, expect, it } from 'vitest'
// @ts-expect-error: what upstreams copy is plain JavaScript
import { verifier } from '../../deploy/upstream-verifiers/verify.mjs'
import { BANK, ROOT } from '../support/gateway.ts'
import { aKey } from '../support/keys.ts'
import { pkiFolder } from '../support/wire-pki.ts'
import { pythonWith, run } from '../support/wire-programs.ts'
import { credentials, ORIGIN } from '../support/wire-tokens.ts'
import { startWithUpstream } from '../support/with-upstream.ts'

const AUDIENCE = 'https://accounts.internal'
const PYTHON = pythonWith('import jwt, cryptography')
const HAS_JAVA = hasJava()

const pki = await pkiFolder()
const key = createPrivateKey(readFileSync(join(pki, 'signing-key.pem')))
const { gateway, upstream, stop } = await startWithUpstream((url) => ({
  signing: { key: join(pki, 'signing-key.pem'), key_id: 'gateway', algorithm: 'ES256' },
  issuers: { bank: BANK },
  upstreams: { bank: { url, identity: 'jwt', txn_token: { audience: AUDIENCE, lifetime: '5m' } } },
  routes: [{ path: '/accounts/**', upstream: 'bank', require: { issuer: 'bank', scope: 'accounts' } }],
}))
afterAll(stop)
await gateway.call({ path: '/accounts', fields: credentials() })
const genuine = upstream.news()[0]?.all('txn-token')[0] as string

describe('what upstreams verify with', () => {
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

  it.skipIf(!HAS_JAVA)('Java: all of these', async () => {
    const tokens = await Promise.all(cases.map(([, token]) => token()))
    const said = await java(`http://127.0.0.1:${gateway.admin}/jwks`, tokens)
    for (const [at, [what, , problem]] of cases.entries())
      expect(`${what}: ${said[at]}`).toMatch(problem === null ? /: sub customer-7$/ : /: refused no valid/)
  })

  it.skipIf(!HAS_JAVA)(
    'Java: each algorithm that the gateway signs with, and no other key or spelling',
    async () => {
      const keys = (['ES256', 'ES384', 'PS256', 'PS512', 'Ed25519', 'EdDSA'] as const).map(signingKey)
      const jwks = createServer((_, response) =>
        response.end(JSON.stringify({ keys: keys.map(({ jwk }) => jwk) })),
      )
      await once(jwks.listen(0, '127.0.0.1'), 'listening')
      const { port } = jwks.address() as AddressInfo
      const genuine = await Promise.all(keys.map(({ alg, key }) => forged({}, { alg, kid: alg }, key)))
      const swapped = await forged({}, { alg: 'ES256', kid: 'ES384' }, keys[0]!.key)
      const altered = genuine.map((token) => token.replace(/\.[^.]{8}([^.]*)$/, '.AAAAAAAA$1'))
      const said = await java(`http://127.0.0.1:${port}/`, [...genuine, swapped, ...altered])
      jwks.close()
      expect(said.slice(0, 6)).toEqual(Array(6).fill('sub customer-7'))
      expect(said.slice(6).filter((line) => !line.startsWith('refused no valid'))).toEqual([])
      expect(said).toHaveLength(13)
    },
  )

  function forged(claims: object = {}, header: object = {}, by: KeyObject = key): Promise<string> {
    const all = {
      iss: ORIGIN,
      aud: AUDIENCE,
      sub: 'customer-7',
      scope: 'accounts',
      txn: 'x',
      iat: now(),
      exp: now() + 300,
      tctx: { method: 'GET', path: '/accounts' },
      ...claims,
    }
    return new SignJWT(all)
      .setProtectedHeader({ alg: 'ES256', kid: 'gateway', typ: 'txntoken+jwt', ...header })
      .sign(by)
  }
})

/** Whether there is a JDK of 17 or later; where there is none that is said, in CI as well: none is installed for this. */
function hasJava(): boolean {
  const { stdout } = spawnSync('javac', ['--version'], { encoding: 'utf8' })
  const version = Number(/^javac (\d+)/.exec(stdout ?? '')?.[1] ?? 0)
  if (version < 17) process.stderr.write('there is no JDK of 17 or later, so the Java verifier is not run\n')
  return version >= 17
}

/** Compiles what upstreams copy, and gives what it says of each token. */
async function java(keys: string, tokens: readonly string[]): Promise<readonly string[]> {
  const classes = await mkdtemp(join(tmpdir(), 'holdfast-java-'))
  try {
    const source = join(ROOT, 'deploy/upstream-verifiers/Verifier.java')
    expect(await run('javac', ['-encoding', 'UTF-8', '-d', classes, source])).toMatchObject({ code: 0 })
    const args = ['-cp', classes, 'Verifier', keys, ORIGIN, AUDIENCE, 'GET', '/accounts']
    const { code, stdout, stderr } = await run('java', args, tokens.join('\n'))
    expect([code, stderr]).toEqual([0, ''])
    return stdout.trim().split('\n')
  } finally {
    await rm(classes, { recursive: true })
  }
}

function signingKey(alg: 'ES256' | 'ES384' | 'PS256' | 'PS512' | 'Ed25519' | 'EdDSA') {
  const curve = { ES256: 'P-256', ES384: 'P-384' } as const
  const { privateKey, publicKey } =
    alg === 'ES256' || alg === 'ES384'
      ? generateKeyPairSync('ec', { namedCurve: curve[alg] })
      : alg === 'PS256' || alg === 'PS512'
        ? generateKeyPairSync('rsa', { modulusLength: 2048 })
        : generateKeyPairSync('ed25519')
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: alg, alg, use: 'sig' }
  return { alg, key: privateKey, jwk }
}

function now(): number {
  return Math.floor(Date.now() / 1000)
}
