import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { runSign } from '../../src/cli/sign.ts'
import { said } from './said.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-sign-'))
afterAll(() => rmSync(folder, { recursive: true }))

const run = (...args: string[]) => said(runSign, args)

function write(name: string, content: string): string {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}

const pem = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }) as string
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const KEY = write('key.pem', pem(ec))
const named = (kid: string) => write('key.jwk', JSON.stringify({ ...ec.export({ format: 'jwk' }), kid }))
const GET = ['--method', 'GET', '--url', 'https://api.example/accounts']
const WHOLE = ['--key', KEY, ...GET, '--token', 'abc']

describe('holdfast sign', () => {
  it('prints a line for each field', async () => {
    const { code, out } = await run(...WHOLE)
    expect(code).toBe(0)
    expect(out.split('\n').map((line) => line.split(': ')[0])).toEqual([
      'authorization',
      'dpop',
      'signature-input',
      'signature',
      '',
    ])
    expect(out).toContain('authorization: DPoP abc\n')
  })

  it('has no proof where the token is bound to a certificate alone, and that which is given', async () => {
    const bearer = await run(...WHOLE, '--bearer')
    expect(bearer.out).toMatch(/^authorization: Bearer abc\nsignature-input: .*"authorization"\);created/)
    const given = await run(...WHOLE, '--proof', 'x.y.z')
    expect(given.out).toContain('\ndpop: x.y.z\n')
  })

  it('names the key as its JWK does, or as it is told', async () => {
    const jwk = ['--key', named('client-2026'), ...GET, '--token', 'abc']
    expect((await run(...jwk)).out).toContain(';keyid="client-2026";')
    expect((await run(...jwk, '--keyid', 'mine')).out).toContain(';keyid="mine";')
    expect((await run(...WHOLE)).out).toMatch(/;keyid="[\w-]{43}";/)
  })

  it('explains itself', async () => {
    const { code, out } = await run('--help')
    expect([code, out]).toEqual([0, expect.stringContaining('curl -H @-')])
  })

  it.each([
    [[...GET, '--token', 'abc'], '--key is missing: the private key of the client.'],
    [['--key', KEY, '--url', 'https://a.example/', '--token', 'abc'], '--method is missing'],
    [['--key', KEY, '--method', 'GET', '--token', 'abc'], '--url is missing'],
    [['--key', KEY, ...GET], '--token or --token-file is missing'],
    [['--key', KEY, ...GET, '--token-file', write('empty', '\n')], '--token or --token-file is empty'],
    [[...WHOLE, '--token-file', KEY], 'cannot both be given'],
    [[...WHOLE, '--token', 'a\nb'], 'The request cannot be signed: The value of a covered field'],
    [[...WHOLE, '--url', 'https://user@a.example/'], 'must name a host, and no user.'],
    [[...WHOLE, '--url', 'https://a.example/a/../b'], 'must be as it is sent'],
    [[...WHOLE, '--url', 'https://a.example/?q=é'], 'must be as it is sent'],
    [[...WHOLE, '--url', 'https://a.example/?q={a,b}'], 'must be as it is sent'],
    [[...WHOLE, '--url', 'https://127.1/'], 'is sent as “127.0.0.1”: write that.'],
    [[...WHOLE, '--proof', ''], '--proof is empty'],
    [[...WHOLE, '--key', join(folder, 'none')], '--key cannot be read'],
    [[...WHOLE, '--key', write('text', 'no key')], 'holds no private key'],
    [
      [...WHOLE, '--key', write('p384', pem(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey))],
      'holds a P-384 key, which can do none of ES256, Ed25519, PS256.',
    ],
    [[...WHOLE, '--keyid', 'schlüssel'], 'The keyid “schlüssel” must be in ASCII'],
    [[...WHOLE, '--body', join(folder, 'none')], '--body cannot be read'],
    [[...WHOLE, '--bearer', '--nonce', 'n'], 'leave out --proof and --nonce'],
    [[...WHOLE, '--proof', 'x', '--nonce', 'n'], '--nonce is for the proof that is made here'],
    [[...WHOLE, '--bdy', 'x'], 'there is no option --bdy; did you mean `--body`?'],
  ])('refuses wrong arguments in a sentence: %j', async (args, says) => {
    const { code, out, err } = await run(...args)
    expect([code, out, err]).toEqual([2, '', expect.stringContaining(says)])
    expect(err).toMatch(/^holdfast sign: .* Try --help\.\n$/)
  })

  it.each([
    ['--key', '{"kty":"EC","d":"SECRET"}'],
    ['--token-file', 'eyJhbGciOiJFUzI1NiJ9.SECRET'],
    ['--url', 'https://user:SECRET@a.example/'],
  ])('does not print what was meant for another option: %s', async (option, value) => {
    const args = option === '--token-file' ? ['--key', KEY, ...GET] : WHOLE
    const { code, err } = await run(...args, option, value)
    expect(code).toBe(2)
    expect(err).not.toContain('SECRET')
  })
})
