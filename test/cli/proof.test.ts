import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { calculateJwkThumbprint, decodeProtectedHeader, EmbeddedJWK, exportJWK, jwtVerify } from 'jose'
import { afterAll, describe, expect, it } from 'vitest'
import { runProof } from '../../src/cli/proof.ts'
import { said } from './said.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-proof-'))
const keyFile = join(folder, 'key.pem')
afterAll(() => rmSync(folder, { recursive: true }))

const run = (...args: string[]) => said(runProof, args)

function write(name: string, content: string): string {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}

const REQUEST = ['--method', 'GET', '--url', 'https://api.example/accounts?page=2#top']

describe('holdfast proof --new-key', () => {
  it('makes an ES256 key that only its owner may read, and never over another', async () => {
    const made = await run('--new-key', keyFile)
    const jwk = await exportJWK(createPublicKey(readFileSync(keyFile)))
    expect(made.code).toBe(0)
    expect(made.out).toContain(await calculateJwkThumbprint(jwk))
    expect(jwk.crv).toBe('P-256')
    expect(statSync(keyFile).mode & 0o777).toBe(0o600)

    const again = await run('--new-key', keyFile)
    expect(again.code).toBe(2)
    expect(again.err).toBe(
      `holdfast proof: ${keyFile} is there already; remove it or name another. Try --help.\n`,
    )
  })
})

describe('holdfast proof', () => {
  it('prints one proof that verifies with the key it carries (RFC 9449 §4.2)', async () => {
    const token = 'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU'
    const { code, out } = await run('--key', keyFile, ...REQUEST, '--token', token, '--nonce', 'n-1')
    expect(code).toBe(0)
    expect(out).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/)
    const { payload, protectedHeader } = await jwtVerify(out.trim(), EmbeddedJWK, { typ: 'dpop+jwt' })
    expect(protectedHeader.alg).toBe('ES256')
    expect(protectedHeader.jwk).not.toHaveProperty('d')
    expect(payload).toMatchObject({
      htm: 'GET',
      htu: 'https://api.example/accounts',
      ath: createHash('sha256').update(token).digest('base64url'),
      nonce: 'n-1',
    })
    expect(Math.abs(payload.iat! - Date.now() / 1000)).toBeLessThan(60)
  })

  it('has neither ath nor nonce without a token and a nonce, and a new jti each time', async () => {
    const claims = async () =>
      (await jwtVerify((await run('--key', keyFile, ...REQUEST)).out.trim(), EmbeddedJWK)).payload
    const [one, two] = [await claims(), await claims()]
    expect(Object.keys(one).sort()).toEqual(['htm', 'htu', 'iat', 'jti'])
    expect(one.jti).not.toBe(two.jti)
  })

  it('reads the token from a file, without the line end', async () => {
    const file = write('token', 'abc\n')
    const { out } = await run('--key', keyFile, ...REQUEST, '--token-file', file)
    const { payload } = await jwtVerify(out.trim(), EmbeddedJWK)
    expect(payload.ath).toBe(createHash('sha256').update('abc').digest('base64url'))
  })

  it.each([
    ['EdDSA', generateKeyPairSync('ed25519').privateKey],
    ['ES384', generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey],
    ['PS256', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey],
  ])('signs with %s where the key asks for it, from PEM and from a JWK', async (alg, key) => {
    const pem = write('other.pem', key.export({ type: 'pkcs8', format: 'pem' }) as string)
    const jwk = write('other.jwk', JSON.stringify(key.export({ format: 'jwk' })))
    for (const file of [pem, jwk]) {
      const proof = (await run('--key', file, ...REQUEST)).out.trim()
      expect(decodeProtectedHeader(proof).alg).toBe(alg)
      await jwtVerify(proof, EmbeddedJWK)
    }
  })

  it('explains itself', async () => {
    const { code, out } = await run('--help')
    expect(code).toBe(0)
    expect(out).toContain('--new-key FILE')
  })

  it.each([
    [['--method', 'GET', '--url', 'https://a.example/'], '--key is missing'],
    [['--key', keyFile, '--url', 'https://a.example/'], '--method is missing'],
    [['--key', keyFile, '--method', 'GET'], '--url is missing'],
    [['--key', keyFile, '--method', 'GET', '--url', '/accounts'], 'must be absolute'],
    [['--key', keyFile, '--method', 'G T', '--url', 'https://a.example/'], 'no HTTP method'],
    [['--key', join(folder, 'none'), ...REQUEST], '--key cannot be read'],
    [['--key', write('text', 'not a key'), ...REQUEST], 'holds no private key'],
    [['--key', write('array', '{"kty":"EC"}'), ...REQUEST], 'holds no private key'],
    [['--key', keyFile, ...REQUEST, '--alg', 'PS256'], 'cannot sign with PS256'],
    [['--key', keyFile, ...REQUEST, '--token', 'a', '--token-file', 'b'], 'cannot both be given'],
    [['--key', keyFile, ...REQUEST, '--token-file', join(folder, 'none')], '--token-file cannot be read'],
    [['--key', keyFile, ...REQUEST, '--token-file', write('empty', '\n')], '--token-file is empty'],
    [['--key', keyFile, ...REQUEST, '--colour'], '--colour'],
    [['--new-key', join(folder, 'x'), '--key', keyFile], '--new-key stands alone'],
  ])('refuses wrong arguments in a sentence: %j', async (args, says) => {
    const { code, out, err } = await run(...args)
    expect(code).toBe(2)
    expect(out).toBe('')
    expect(err).toContain(says)
    expect(err.trimEnd().split('\n')).toHaveLength(1)
  })
})
