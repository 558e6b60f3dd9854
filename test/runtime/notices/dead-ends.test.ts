import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, createServer, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Authority, type Credential, makeAuthority } from '../../../certs/issue.ts'
import { noticeText } from '../../../src/config/problem.ts'
import { tlsOptions } from '../../../src/gateway/tls-options.ts'
import { deadEndFaults, deadEndNotices } from '../../../src/runtime/notices/dead-ends.ts'
import type { Settings } from '../../../src/runtime/settings/settings.ts'
import { type ClientCertificate, selfSigned } from '../../support/wire-pki.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-dead-ends-'))
afterAll(() => rmSync(folder, { recursive: true }))

let authority: Authority
let client: ClientCertificate
/** A CA that another issued, and a client of it. */
let root: string
let between: string
let below: ClientCertificate

beforeAll(async () => {
  authority = await makeAuthority('CN=Bank CA', 1)
  client = pemOf(await authority.issue({ subject: 'CN=client', usage: 'clientAuth' }))
  root = made('root', null, CA).cert
  between = made('between', 'root', CA).cert
  below = made('below', 'between', LEAF)
})

it('a certificate of a client lets nobody in, its holder neither; its CA does, and so does both', async () => {
  const { cert } = client
  expect(await isLetIn(client, cert)).toBe(false)
  expect([...deadEndFaults(settings(cert))]).toEqual([
    {
      path: ['listeners', 0, 'tls', 'client_ca', 0],
      expected: "a CA's certificate",
      found: 'one of "CN=client", which is none',
      hint: '"CN=Bank CA" issued it',
    },
  ])
  expect(told(cert)).toEqual([
    'listeners[0].tls.client_ca[0]: CN=client is no CA, and CN=Bank CA, which issued it, is not in `client_ca`; nobody is let in by it alone',
  ])
  for (const trusted of [[authority.certificate], [cert, authority.certificate]]) {
    expect(await isLetIn(client, ...trusted)).toBe(true)
    expect(told(...trusted)).toEqual([])
  }
})

it('one that issued itself lets its holder in, CA or not', async () => {
  for (const own of [await selfSigned(), made('own', null, LEAF)]) {
    expect(await isLetIn(own, own.cert)).toBe(true)
    expect([told(own.cert), [...deadEndFaults(settings(own.cert))]]).toEqual([[], []])
  }
})

it('a CA lets nobody in without the one that issued it', async () => {
  expect(await isLetIn(below, between)).toBe(false)
  expect(told(between)).toEqual([
    'listeners[0].tls.client_ca[0]: CN=between was issued by CN=root, which is not in `client_ca`; no client that leads to it alone is let in',
  ])
  expect([...deadEndFaults(settings(between))]).toEqual([])
  for (const trusted of [[between, root], [`${root}${between}`]]) {
    expect(await isLetIn(below, ...trusted)).toBe(true)
    expect(told(...trusted)).toEqual([])
  }
})

it('beside a CA that lets somebody in, a certificate of a client is told and no fault: who sends what is between is let in', async () => {
  const withBetween = { cert: `${below.cert}${between}`, key: below.key }
  expect(await isLetIn(withBetween, below.cert, root)).toBe(true)
  expect([...deadEndFaults(settings(below.cert, root))]).toEqual([])
  expect(told(below.cert, root)).toHaveLength(1)
})

function settings(...clientCa: readonly string[]): Settings {
  return { listeners: [{ tls: { clientCa } }] } as unknown as Settings
}

function told(...clientCa: readonly string[]): readonly string[] {
  return [...deadEndNotices(settings(...clientCa))].map(noticeText)
}

/** Whether a listener that trusts these takes the client for authorized. */
async function isLetIn({ cert, key }: ClientCertificate, ...clientCa: readonly string[]): Promise<boolean> {
  const { cert: certificate, key: privateKey } = made('server', null, LEAF)
  const tls = { certificate, privateKey, minVersion: 'TLSv1.3', clientCertificate: 'optional' } as const
  const server = createServer(tlsOptions({ ...tls, mode: 'pki', clientCa, clientCrl: [] }, 5000))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, cert, key })
  const [accepted] = (await once(server, 'secureConnection')) as [TLSSocket]
  for (const each of [accepted, socket]) each.on('error', () => {}).destroy()
  server.close()
  return accepted.authorized
}

function pemOf({ certificate, key }: Credential): ClientCertificate {
  return { cert: certificate, key: key.export({ type: 'pkcs8', format: 'pem' }) as string }
}

/** Issued by one that was made before, or by itself. */
function made(name: string, issuer: string | null, constraints: string): ClientCertificate {
  const at = (end: string, whose = name) => join(folder, `${whose}.${end}`)
  const openssl = (args: string) => execFileSync('openssl', args.split(' '), { stdio: 'pipe' })
  writeFileSync(at('extensions'), constraints)
  const key = `-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ${at('key')}`
  openssl(`req -new ${key} -subj /CN=${name} -out ${at('csr')}`)
  const by =
    issuer === null
      ? `-signkey ${at('key')}`
      : `-CA ${at('pem', issuer)} -CAkey ${at('key', issuer)} -CAcreateserial`
  openssl(`x509 -req -in ${at('csr')} ${by} -days 1 -extfile ${at('extensions')} -out ${at('pem')}`)
  return { cert: readFileSync(at('pem'), 'utf8'), key: readFileSync(at('key'), 'utf8') }
}

const CA = 'basicConstraints=critical,CA:TRUE\n'
const LEAF = 'basicConstraints=critical,CA:FALSE\n'
