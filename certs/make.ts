import { createPublicKey, type KeyObject, randomBytes, X509Certificate } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { calculateJwkThumbprint, exportJWK } from 'jose'
import { type Credential, type LeafProfile, makeAuthority, makeSigningKey } from './issue.ts'

/** Writes the throw-away PKI into `folder`, making the folder if needed and replacing what was there.
 *  Certificates are readable by all, private keys and secrets by their owner alone. */
export async function makePki(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  await Promise.all([
    makeServer(folder),
    makeAuthorizationServer(folder),
    makeClients(folder),
    makeStranger(folder),
    makeKeys(folder),
  ])
}

/** Makes the PKI unless a whole one is there that stays valid for another day. Answers whether it made one. */
export async function ensurePki(folder: string): Promise<boolean> {
  if (FILES.every((name) => existsSync(join(folder, name))) && CERTIFICATES.every(lasts)) return false
  await makePki(folder)
  return true

  function lasts(name: string): boolean {
    const certificate = new X509Certificate(readFileSync(join(folder, name)))
    return certificate.validToDate.getTime() - Date.now() > DAY_MS
  }
}

async function makeServer(folder: string): Promise<void> {
  const authority = await makeAuthority('CN=Holdfast demo server CA', LIFETIME_DAYS)
  const server = await authority.issue({
    subject: 'CN=api.bank.example',
    usage: 'serverAuth',
    dns: ['api.bank.example', 'localhost'],
    ip: LOOPBACK,
  })
  await write(folder, 'server-ca.pem', authority.certificate)
  await writeCredential(folder, 'server', server)
}

async function makeAuthorizationServer(folder: string): Promise<void> {
  const authority = await makeAuthority('CN=Holdfast demo authorization server CA', LIFETIME_DAYS)
  const server = await authority.issue({
    subject: 'CN=as.bank.example',
    usage: 'serverAuth',
    dns: ['as.bank.example', 'localhost'],
    ip: LOOPBACK,
  })
  await write(folder, 'as-ca.pem', authority.certificate)
  await writeCredential(folder, 'as', server)
}

/** Two clients that the CA vouches for, the first of which may initiate payments and read accounts under PSD2, and one whose certificate it has revoked. */
async function makeClients(folder: string): Promise<void> {
  const authority = await makeAuthority('CN=Holdfast demo client CA', LIFETIME_DAYS)
  const issue = (name: string, more: Partial<LeafProfile> = {}) =>
    authority.issue({ subject: `CN=${name}`, usage: 'clientAuth', ...more })
  const [first, second, revoked] = await Promise.all([
    issue('client-1', { roles: ['PSP_PI', 'PSP_AI'] }),
    issue('client-2'),
    issue('revoked'),
  ])
  await write(folder, 'client-ca.pem', authority.certificate)
  await write(folder, 'client-ca.crl.pem', await authority.revoke(revoked.certificate))
  await writeCredential(folder, 'client-1', first)
  await writeCredential(folder, 'client-2', second)
  await writeCredential(folder, 'revoked', revoked)
}

/** A certificate that calls itself client-1, from a CA that nobody here trusts. */
async function makeStranger(folder: string): Promise<void> {
  const authority = await makeAuthority('CN=Stranger CA', LIFETIME_DAYS)
  await write(folder, 'stranger-ca.pem', authority.certificate)
  await writeCredential(
    folder,
    'stranger',
    await authority.issue({ subject: 'CN=client-1', usage: 'clientAuth' }),
  )
}

async function makeKeys(folder: string): Promise<void> {
  const client = await makeSigningKey()
  await writeSecret(folder, 'signing-key.pem', pkcs8(await makeSigningKey()))
  await writeSecret(folder, 'client-1-signing-key.pem', pkcs8(client))
  await write(
    folder,
    'client-1.jwks.json',
    `${JSON.stringify({ keys: [await publicJwk(client)] }, null, 2)}\n`,
  )
  await writeSecret(folder, 'introspection.secret', `${randomBytes(32).toString('base64url')}\n`)
}

async function publicJwk(key: KeyObject): Promise<Record<string, unknown>> {
  const jwk = await exportJWK(createPublicKey(key))
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), use: 'sig', alg: 'ES256' }
}

async function writeCredential(folder: string, name: string, credential: Credential): Promise<void> {
  await write(folder, `${name}.pem`, credential.certificate)
  await writeSecret(folder, `${name}-key.pem`, pkcs8(credential.key))
}

function pkcs8(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }) as string
}

function writeSecret(folder: string, name: string, content: string): Promise<void> {
  return write(folder, name, content, 0o600)
}

/** Renamed into place, so a reader sees the old file or the new one, and an old file's mode is not inherited. */
async function write(folder: string, name: string, content: string, mode = 0o644): Promise<void> {
  const path = join(folder, name)
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  await writeFile(draft, content, { mode, flag: 'wx' })
  await rename(draft, path)
}

const LIFETIME_DAYS = 30
const DAY_MS = 86_400_000
const LOOPBACK = ['127.0.0.1', '::1']

const CERTIFICATES = [
  'server-ca.pem',
  'server.pem',
  'as-ca.pem',
  'as.pem',
  'client-ca.pem',
  'client-1.pem',
  'client-2.pem',
  'revoked.pem',
  'stranger-ca.pem',
  'stranger.pem',
]
const FILES = [
  ...CERTIFICATES,
  'server-key.pem',
  'as-key.pem',
  'client-ca.crl.pem',
  'client-1-key.pem',
  'client-2-key.pem',
  'revoked-key.pem',
  'stranger-key.pem',
  'signing-key.pem',
  'client-1-signing-key.pem',
  'client-1.jwks.json',
  'introspection.secret',
]

if (import.meta.main) {
  const folder = import.meta.dirname
  const keep = !process.argv.includes('--force')
  if (keep && !(await ensurePki(folder))) {
    process.stdout.write(`The PKI in ${folder} is still valid; --force makes a new one.\n`)
  } else {
    if (!keep) await makePki(folder)
    process.stdout.write(`A throw-away PKI is in ${folder}, valid for ${LIFETIME_DAYS} days.\n`)
  }
}
