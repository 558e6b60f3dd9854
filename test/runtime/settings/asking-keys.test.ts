import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { loadDocument } from '../../../src/config/load.ts'
import { readSettings } from '../../../src/runtime/settings/settings.ts'
import { completed } from '../../support/gateway.ts'
import { pkiFolder } from '../../support/wire-pki.ts'
import { ORIGIN } from '../../support/wire-tokens.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-asking-keys-'))
let pki: string

beforeAll(async () => {
  pki = await pkiFolder()
  for (const [name, namedCurve] of [
    ['p256.pem', 'P-256'],
    ['p384.pem', 'P-384'],
  ] as const) {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve })
    writeFileSync(join(folder, name), privateKey.export({ type: 'pkcs8', format: 'pem' }))
  }
})
afterAll(() => rmSync(folder, { recursive: true }))

it('reads what each method takes', async () => {
  const assertion = await settingsOf({ client_auth: 'private_key_jwt', private_key: 'p256.pem' })
  expect(assertion).toEqual({ certificate: null, privateKey: expect.stringContaining('PRIVATE KEY') })
  const certificate = join(pki, 'client-1.pem')
  const tls = { client_auth: 'tls_client_auth', certificate, private_key: join(pki, 'client-1-key.pem') }
  expect(await settingsOf(tls)).toEqual({
    certificate: expect.stringContaining('CERTIFICATE'),
    privateKey: expect.stringContaining('PRIVATE KEY'),
  })
  const secret = { client_auth: 'client_secret_basic', client_secret: 'a' }
  expect(await settingsOf(secret)).toEqual({ certificate: null, privateKey: null })
})

it('says which key cannot be used, and where it is named', async () => {
  const wrong = settingsOf({ client_auth: 'private_key_jwt', private_key: 'p384.pem' })
  await expect(wrong).rejects.toThrow(
    'issuers.bank.introspection.private_key: expected a P-256, Ed25519 or RSA key of at least 2048 bits, found another key',
  )
  const foreign = { certificate: join(pki, 'client-1.pem'), private_key: join(pki, 'client-2-key.pem') }
  await expect(settingsOf({ client_auth: 'tls_client_auth', ...foreign })).rejects.toThrow(
    'issuers.bank.introspection.private_key: expected the PEM private key of the certificate',
  )
})

async function settingsOf(introspection: object) {
  const file = join(folder, 'gateway.yaml')
  const bank = { issuer: 'https://as.bank.example', audience: ORIGIN }
  const config = await completed({
    issuers: { bank: { ...bank, introspection: { client_id: 'gateway', ...introspection } } },
    upstreams: { bank: { url: 'http://127.0.0.1:1' } },
    routes: [{ path: '/accounts', upstream: 'bank', require: { issuer: 'bank' } }],
  })
  writeFileSync(file, JSON.stringify(config))
  return readSettings(loadDocument(file)).askingKeys.get('bank')
}
