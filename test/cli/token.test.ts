import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runProof } from '../../src/cli/proof.ts'
import { runToken } from '../../src/cli/token.ts'
import { BANK, ROUTES, startGateway, type TestGateway } from '../support/gateway.ts'
import { clientCertificate, pkiFolder, x5tOf } from '../support/wire-pki.ts'
import { ORIGIN } from '../support/wire-tokens.ts'
import { type RecordingUpstream, startUpstream } from '../support/wire-upstream.ts'
import { said } from './said.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-token-'))
const file = (name: string) => join(folder, name)
const ISSUER = ['--issuer-key', file('issuer.pem'), '--jwks-file', file('issuer.jwks.json')]
const FOR = ['--issuer', BANK.issuer, '--audience', BANK.audience]
const KEY = ['--key', file('key.pem')]
const ALL = [...ISSUER, ...FOR, ...KEY]
let certificate: string

beforeAll(async () => {
  certificate = join(await pkiFolder(), 'client-1.pem')
  await run(runProof, '--new-key', file('key.pem'))
})
afterAll(() => rmSync(folder, { recursive: true }))

async function run(command: typeof runToken, ...args: string[]) {
  const { code, out, err } = await said(command, args)
  return { code, out: out.trim(), err }
}

function write(name: string, content: string): string {
  writeFileSync(file(name), content)
  return file(name)
}

describe('holdfast token', () => {
  it('makes the key of the issuer once, readable by its owner alone, and the JWK set beside it', async () => {
    const first = await run(runToken, ...ALL)
    expect([first.code, first.err]).toEqual([0, expect.stringContaining('issuer.pem holds a new ES256 key')])
    expect(statSync(file('issuer.pem')).mode & 0o777).toBe(0o600)
    const files = () => ['issuer.pem', 'issuer.jwks.json'].map((name) => readFileSync(file(name), 'utf8'))
    const before = files()
    const second = await run(runToken, ...ALL)
    expect([second.code, second.err, files()]).toEqual([0, '', before])
    const { keys } = JSON.parse(before[1] as string) as JSONWebKeySet
    expect([keys.length, keys[0]!.alg, keys[0]!.d]).toEqual([1, 'ES256', undefined])
    for (const { out } of [first, second])
      await jwtVerify(out, createLocalJWKSet({ keys }), { typ: 'at+jwt', ...BANK })
  })

  it('makes an RSA key where the issuer signs with PS256', async () => {
    const files = ['--issuer-key', file('rsa.pem'), '--jwks-file', file('rsa.jwks.json')]
    const { code, out, err } = await run(runToken, ...files, ...FOR, ...KEY, '--algorithm', 'PS256')
    expect([code, err]).toEqual([0, expect.stringContaining('rsa.pem holds a new PS256 key')])
    const keys = createLocalJWKSet(JSON.parse(readFileSync(file('rsa.jwks.json'), 'utf8')))
    await jwtVerify(out, keys, { ...BANK, algorithms: ['PS256'] })
    // The key that is there says by itself what it signs with.
    const again = await run(runToken, ...files, ...FOR, ...KEY)
    expect(decodeProtectedHeader(again.out).alg).toBe('PS256')
  })

  it('says what the options say (RFC 9068 §2.2)', async () => {
    const more = ['--scope', 'accounts payments', '--client-id', 'tpp-1', '--subject', 'user-7']
    const rest = ['--lifetime', '5m', '--certificate', certificate, '--claims', '{"acr":"strong"}']
    const claims = decodeJwt((await run(runToken, ...ALL, ...more, ...rest)).out)
    expect(claims).toMatchObject({
      iss: BANK.issuer,
      aud: BANK.audience,
      scope: 'accounts payments',
      client_id: 'tpp-1',
      sub: 'user-7',
      acr: 'strong',
      cnf: {
        jkt: expect.stringMatching(/^[\w-]{43}$/),
        'x5t#S256': x5tOf(await clientCertificate('client-1')),
      },
    })
    expect(claims.exp! - claims.iat!).toBe(300)
  })

  it('has the client as its subject, ten minutes and no scope where nothing else is said, and a new jti each time', async () => {
    const [one, two] = [
      decodeJwt((await run(runToken, ...ALL)).out),
      decodeJwt((await run(runToken, ...ALL)).out),
    ]
    expect(one).toMatchObject({ sub: 'client-1', client_id: 'client-1' })
    expect([one.exp! - one.iat!, 'scope' in one, one.jti === two.jti]).toEqual([600, false, false])
  })

  it('explains itself, and that it is for trying alone', async () => {
    const { code, out } = await run(runToken, '--help')
    expect([code, out]).toEqual([0, expect.stringContaining('For trying things out alone')])
  })

  it.each([
    [[...FOR, ...KEY], '--issuer-key is missing'],
    [[...ISSUER, '--audience', 'a', ...KEY], '--issuer is missing'],
    [[...ISSUER, '--issuer', 'https://as.example', ...KEY], '--audience is missing'],
    [[...ISSUER, ...FOR], '--key or --certificate is missing'],
    [[...ISSUER, ...FOR, '--key', file('none')], '--key cannot be read'],
    [[...ISSUER, ...FOR, '--certificate', file('none')], '--certificate cannot be read'],
    [[...ISSUER, ...FOR, '--certificate', write('text', 'no PEM')], 'holds no certificate'],
    [[...FOR, ...KEY, '--issuer-key', file('text')], '--issuer-key '],
    [[...FOR, ...KEY, '--issuer-key', file('none/key.pem')], '--issuer-key cannot be written'],
    [[...ALL, '--jwks-file', write('other.json', '{"keys":[{"kid":"a"}]}')], 'holds other keys'],
    [[...ALL, '--jwks-file', file('text')], 'holds other keys'],
    [[...ALL, '--jwks-file', file('none/jwks.json')], '--jwks-file cannot be written'],
    [[...ALL, '--lifetime', 'long'], '--lifetime “long” must be a duration'],
    [[...ALL, '--lifetime', '48h'], '--lifetime “48h” must be a duration'],
    [[...ALL, '--algorithm', 'RS256'], '--algorithm “RS256” must be ES256 or PS256'],
    [[...ALL, '--algorithm', 'PS256'], 'issuer.pem is for ES256, not for PS256; name another file'],
    [[...ALL, '--claims', '[]'], '--claims must be a JSON object'],
    [[...ALL, '--claims', '{'], '--claims must be a JSON object'],
    [[...ALL, '--colour'], '--colour'],
  ])('refuses wrong arguments in a sentence: %j', async (args, says) => {
    const { code, out, err } = await run(runToken, ...args)
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain(says)
    expect(err.trimEnd().split('\n')).toHaveLength(1)
  })

  it('writes nothing where an argument is wrong', async () => {
    await run(runToken, ...FOR, '--issuer-key', file('unmade.pem'))
    expect(existsSync(file('unmade.pem'))).toBe(false)
  })
})

describe('a token of holdfast token', () => {
  let upstream: RecordingUpstream
  let gateway: TestGateway

  beforeAll(async () => {
    await run(runToken, ...ALL)
    upstream = await startUpstream()
    gateway = await startGateway({
      listeners: [
        { tls: { client_certificate: 'optional', client_ca: join(await pkiFolder(), 'client-ca.pem') } },
      ],
      issuers: { bank: { ...BANK, jwks_file: file('issuer.jwks.json') } },
      upstreams: { bank: { url: `http://127.0.0.1:${upstream.port}` } },
      routes: ROUTES,
    })
  })
  afterAll(async () => {
    await gateway.stop()
    await upstream.close()
  })

  it('passes a gateway with a proof of holdfast proof, and not without', async () => {
    const token = (await run(runToken, ...ALL, '--scope', 'accounts')).out
    const request = ['--method', 'GET', '--url', `${ORIGIN}/accounts`, '--token', token]
    const { out: proof } = await run(runProof, ...KEY, ...request)
    const bare = ['authorization', `DPoP ${token}`]
    const answer = await gateway.call({ path: '/accounts', fields: [...bare, 'dpop', proof] })
    expect([answer.status, upstream.news()[0]?.all('holdfast-client-id')]).toEqual([200, ['client-1']])
    expect((await gateway.call({ path: '/accounts', fields: bare })).code).toBe('DPOP_ABSENT')
  })

  it('passes a gateway with its certificate, and not with another', async () => {
    const bound = [...ISSUER, ...FOR, '--certificate', certificate, '--scope', 'accounts']
    const fields = ['authorization', `Bearer ${(await run(runToken, ...bound)).out}`]
    const answers = ['client-1', 'client-2'].map(async (name) =>
      gateway.call({ path: '/accounts', fields, certificate: await clientCertificate(name as 'client-1') }),
    )
    const [own, other] = await Promise.all(answers)
    expect([own!.status, other!.code]).toEqual([200, 'MTLS_THUMBPRINT'])
  })
})
