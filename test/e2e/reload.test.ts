import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { copyFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { thumbprintOf } from '../../src/codec/certificate.ts'
import {
  BANK,
  completed,
  type GatewayConfig,
  ROUTES,
  startGateway,
  type TestGateway,
} from '../support/gateway.ts'
import { aKey } from '../support/keys.ts'
import { callOn, gather, openHttp2, openTls, statusesIn, UNTIL_CLOSED } from '../support/wire-client.ts'
import { testIssuer } from '../support/wire-issuer.ts'
import { clientCertificate, pkiFolder, written, x5tOf } from '../support/wire-pki.ts'
import {
  bearerOf,
  certificateToken,
  credentials,
  nowSeconds,
  ORIGIN,
  proof,
  token,
} from '../support/wire-tokens.ts'
import { type RecordingUpstream, startUpstream } from '../support/wire-upstream.ts'

vi.setConfig({ testTimeout: 180_000 })

let upstream: RecordingUpstream
let gateway: TestGateway

beforeEach(async () => {
  upstream = await startUpstream()
})

afterEach(async () => {
  await gateway.stop()
  await upstream.close()
})

const config = (changes: object = {}): GatewayConfig => ({
  threads: 2,
  upstreams: { bank: { url: `http://127.0.0.1:${upstream.port}` } },
  routes: ROUTES,
  ...changes,
})

/** Puts another configuration in the place of the one that runs. */
async function rewrite(changes: object): Promise<void> {
  await writeFile(join(gateway.folder, 'gateway.yaml'), JSON.stringify(await completed(config(changes))))
}

async function reload(): Promise<{ status: number; snapshot?: string; problems?: string[] }> {
  const answer = await fetch(`http://127.0.0.1:${gateway.admin}/reload`, { method: 'POST' })
  return { status: answer.status, ...((await answer.json()) as object) }
}

describe('a reload', () => {
  it('ten of them under load fail no request and let no proof pass twice', async () => {
    gateway = await startGateway(config())
    const session = await openHttp2(gateway.port)
    const statuses: number[] = []
    let running = true
    const loops = Array.from({ length: 6 }, async (_, at) => {
      while (running) {
        const fields = credentials()
        const wire = { path: '/accounts', fields }
        statuses.push((await (at < 3 ? gateway.call(wire) : callOn(session, wire))).status)
      }
    })
    const spent: string[][] = []
    const snapshots = new Set<string>()
    for (let round = 0; round < 10; round++) {
      const fields = credentials()
      expect((await gateway.call({ path: '/accounts', fields })).status).toBe(200)
      spent.push(fields)
      const more = { path: `/more-${round}`, upstream: 'bank', danger_public: true }
      await rewrite({ routes: [...ROUTES, more] })
      const { status, snapshot } = await reload()
      expect(status).toBe(200)
      snapshots.add(snapshot as string)
      expect((await gateway.call({ path: `/more-${round}` })).status).toBe(200)
      for (const each of spent)
        expect((await gateway.call({ path: '/accounts', fields: each })).code).toBe('DPOP_REPLAYED')
    }
    running = false
    await Promise.all(loops)
    session.destroy()
    expect(snapshots.size).toBe(10)
    expect(statuses.length).toBeGreaterThan(50)
    expect(statuses.filter((status) => status !== 200)).toEqual([])
    expect(await gateway.metrics()).toContain('holdfast_reloads_total{outcome="ok"} 10')
  })

  it('by SIGHUP takes a good file, and keeps what serves where the file is bad', async () => {
    gateway = await startGateway(config())
    await rewrite({ routes: [{ path: '/new', upstream: 'bank', danger_public: true }] })
    gateway.child.kill('SIGHUP')
    const { snapshot } = await gateway.line(({ msg }) => msg === 'reloaded')
    expect((await gateway.call({ path: '/new' })).status).toBe(200)
    expect((await gateway.call({ path: '/status' })).status).toBe(404)
    expect(await gateway.metrics()).toContain('holdfast_reload_failing 0\n')
    await writeFile(join(gateway.folder, 'gateway.yaml'), 'listeners: 7\nroutes: []\n')
    gateway.child.kill('SIGHUP')
    await gateway.line(({ msg }) => msg === 'reload refused; the configuration of before serves on')
    const { status, problems } = await reload()
    expect(status).toBe(422)
    expect(problems).toHaveLength(2)
    expect(problems?.[0]).toMatch(/gateway\.yaml:1:12 listeners: expected a list/)
    const metrics = await gateway.metrics()
    expect(metrics).toContain('holdfast_reload_failing 1\n')
    expect(metrics).toContain('holdfast_requests_total{route="* /new",verdict="failed"} 0\n')
    await gateway.call({ path: '/new' })
    const last = await gateway.line(
      ({ msg, path, snapshot: id }) => msg === 'request' && path === '/new' && id !== undefined,
    )
    expect(last['snapshot']).toBe(snapshot)
  })

  it.each([
    ['another address', { listeners: [{ bind: '127.0.0.1:1' }] }, 'listeners[0].bind'],
    ['one listener more', { listeners: [{}, {}] }, 'listeners'],
    [
      'another limit of connections',
      { listeners: [{ limits: { max_connections: 5 } }] },
      'listeners[0].limits.max_connections',
    ],
    [
      'clients that are asked',
      { listeners: [{ tls: { client_certificate: 'optional', client_certificate_mode: 'pop' } }] },
      'listeners[0].tls.client_certificate',
    ],
    ['more threads', { threads: 3 }, 'threads'],
    ['another rate', { replay: { rate: 2 } }, 'replay.rate'],
    [
      'a longer window',
      { routes: [{ ...ROUTES[0], require: { issuer: 'bank', dpop: { max_age: '90s' } } }] },
      'routes[0].require.dpop',
    ],
  ])('that wants %s says that it takes a restart', async (_, changes, path) => {
    gateway = await startGateway(config())
    await rewrite(changes)
    const { status, problems } = await reload()
    expect(status).toBe(422)
    expect(problems).toHaveLength(1)
    expect(problems?.[0]).toContain(` ${path}: expected`)
    expect(problems?.[0]).toMatch(/takes? a restart/)
  })

  it('takes trust away at the next request, on connections that are open too', async () => {
    const other = await testIssuer(aKey('ES256', 'other'))
    await other.up()
    const issuers = { bank: BANK, other: { issuer: other.issuer, ca: other.ca, audience: ORIGIN } }
    const routes = [{ ...ROUTES[0], require: { issuer: ['bank', 'other'] } }]
    gateway = await startGateway(config({ issuers, routes }))
    const accessToken = token({ key: aKey('ES256', 'other'), claims: { iss: other.issuer } })
    const session = await openHttp2(gateway.port)
    const send = () =>
      callOn(session, { path: '/accounts', fields: credentials('/accounts', { accessToken }) })
    expect((await send()).status).toBe(200)
    const asked = other.asked.length
    await rewrite({ issuers, routes: [{ ...routes[0], name: 'renamed' }] })
    expect((await reload()).status).toBe(200)
    expect((await send()).status).toBe(200)
    // What did not change is kept: nobody is asked for the keys again.
    expect(other.asked.length).toBe(asked)
    await rewrite({ issuers: { bank: BANK }, routes: ROUTES })
    expect((await reload()).status).toBe(200)
    expect((await send()).code).toBe('TOKEN_ISSUER')
    session.destroy()
    await other.down()
  })

  it('presents a new certificate, and drops clients whose CA is no more', async () => {
    const pki = await pkiFolder()
    const certificate = await clientCertificate('client-1')
    const listener = (ca: string) => ({
      listeners: [
        {
          tls: {
            certificate: 'mine.pem',
            private_key: 'mine-key.pem',
            client_certificate: 'optional',
            client_ca: join(pki, ca),
          },
        },
      ],
      routes: [{ ...ROUTES[0], require: { issuer: 'bank', sender: 'mtls' } }],
    })
    gateway = await startGateway(
      config({
        ...listener('client-ca.pem'),
        listeners: [{ tls: { client_certificate: 'optional', client_ca: join(pki, 'client-ca.pem') } }],
      }),
    )
    const fields = bearerOf(certificate)
    const session = await openHttp2(gateway.port, certificate)
    const idle = await openTls(gateway.port, certificate)
    const letGo = gather(idle, UNTIL_CLOSED)
    expect((await callOn(session, { path: '/accounts', fields })).status).toBe(200)
    const first = (await openTls(gateway.port)).getPeerX509Certificate()
    await copyFile(join(pki, 'as.pem'), join(gateway.folder, 'mine.pem'))
    await copyFile(join(pki, 'as-key.pem'), join(gateway.folder, 'mine-key.pem'))
    await rewrite(listener('as-ca.pem'))
    expect((await reload()).status).toBe(200)
    const closed = callOn(session, { path: '/accounts', fields }).then(
      ({ code }) => code,
      () => 'closed',
    )
    expect(['closed', 'MTLS_ABSENT']).toContain(await closed)
    await expect.poll(() => session.closed).toBe(true)
    // And not by a refusal of the head that did not come.
    expect(await letGo).toEqual({ text: '', closed: true })
    const second = (await openTls(gateway.port, { rejectUnauthorized: false })).getPeerX509Certificate()
    expect(second?.fingerprint256).not.toBe(first?.fingerprint256)
    expect(second?.fingerprint256).toBe(new X509Certificate(readFileSync(join(pki, 'as.pem'))).fingerprint256)
  })

  it('says by whose certificates clients may come, at start and after a reload', async () => {
    const pki = await pkiFolder()
    const both = await written(
      ['client-ca.pem', 'as-ca.pem'].map((name) => readFileSync(join(pki, name), 'utf8')).join('\n'),
    )
    const asking = (ca: string) => ({
      listeners: [{ tls: { client_certificate: 'optional', client_ca: ca } }],
    })
    gateway = await startGateway(config(asking(join(pki, 'client-ca.pem'))))
    const told = (name: string) => {
      const ca = new X509Certificate(readFileSync(join(pki, name)))
      const end = new Date(ca.validTo).toISOString().slice(0, 10)
      return `${thumbprintOf(ca.raw)} ${ca.subject.replaceAll('\n', ', ')} until ${end}`
    }
    await rewrite(asking(both))
    expect((await reload()).status).toBe(200)
    await gateway.line(({ msg }) => msg === 'reloaded')
    const lines = gateway.lines().filter(({ msg }) => msg === 'client authorities')
    expect(lines.map(({ listener, authorities }) => [listener, authorities])).toEqual([
      [expect.any(String), [told('client-ca.pem')]],
      [expect.any(String), [told('client-ca.pem'), told('as-ca.pem')]],
    ])
  })

  it('takes a client certificate for nothing on a connection that outlives its CA', async () => {
    const pki = await pkiFolder()
    let answers = () => {}
    const slow = await startUpstream((_, response) => {
      answers = () => response.end('ok')
    })
    const certificate = await clientCertificate('client-1')
    const changes = (ca: string) => ({
      upstreams: { bank: { url: `http://127.0.0.1:${slow.port}` } },
      listeners: [{ tls: { client_certificate: 'optional', client_ca: join(pki, ca) } }],
      routes: [{ ...ROUTES[0], require: { issuer: 'bank', sender: 'mtls' } }],
    })
    gateway = await startGateway(config(changes('client-ca.pem')))
    const bearer = `Bearer ${certificateToken(x5tOf(certificate))}`
    const request = `GET /accounts HTTP/1.1\r\nHost: api.bank.example\r\nAuthorization: ${bearer}\r\n\r\n`
    const socket = await openTls(gateway.port, certificate)
    socket.write(request)
    const first = gather(socket, UNTIL_CLOSED)
    await expect.poll(() => slow.seen.length).toBe(1)
    // One waits behind it.
    socket.write(request)
    await rewrite(changes('as-ca.pem'))
    expect((await reload()).status).toBe(200)
    // What was under way keeps what it began with, and nothing comes after it.
    answers()
    const { text, closed } = await first
    expect([statusesIn(text), text.includes('connection: close\r\n'), closed]).toEqual([[200], true, true])
    const anew = await openTls(gateway.port, certificate)
    anew.write(request)
    const refused = await gather(anew, 50)
    expect([statusesIn(refused.text), refused.text.includes('MTLS_ABSENT')]).toEqual([[401], true])
    expect(slow.seen).toHaveLength(1)
    anew.destroy()
    await slow.close()
  })

  it('that changes how proofs are dated lets none pass that was spent before', async () => {
    const routes = (nonce: string) => [
      { path: '/one', upstream: 'bank', require: { issuer: 'bank', dpop: { nonce } } },
      { path: '/other', upstream: 'bank', require: { issuer: 'bank', dpop: { nonce: 'required' } } },
    ]
    gateway = await startGateway(config({ routes: routes('off') }))
    const accessToken = token()
    const send = (path: string, claims: object) =>
      gateway.call({
        path,
        fields: [
          ...['authorization', `DPoP ${accessToken}`],
          ...['dpop', proof(accessToken, { claims: { htu: ORIGIN + path, ...claims } })],
        ],
      })
    const nonce = (await send('/other', {})).all('dpop-nonce')[0]
    const jti = 'spent by its time'
    const spent = { jti, iat: nowSeconds(), nonce }
    expect((await send('/one', spent)).status).toBe(200)
    await rewrite({ routes: routes('required') })
    expect((await reload()).status).toBe(200)
    const again = await send('/one', spent)
    expect(again.code).toBe('DPOP_NONCE')
    const fresh = again.all('dpop-nonce')[0]
    expect((await send('/one', { nonce: fresh })).status).toBe(200)
    await wait(100)
    expect((await send('/one', spent)).code).toBe('DPOP_NONCE')
  })

  it('dates proofs anew also in a thread that begins after it', async () => {
    const fault = join(tmpdir(), `holdfast-reload-fault-${process.pid}`)
    const routes = (nonce: string) => [
      { path: '/one', upstream: 'bank', require: { issuer: 'bank', dpop: { nonce } } },
      { path: '/other', upstream: 'bank', require: { issuer: 'bank', dpop: { nonce: 'required' } } },
    ]
    const changes = (nonce: string) => ({ threads: 1, routes: routes(nonce) })
    gateway = await startGateway(config(changes('required')), { HOLDFAST_TEST_FAULT: fault })
    const accessToken = token()
    const send = (claims: object) =>
      gateway.call({
        path: '/one',
        fields: [
          ...['authorization', `DPoP ${accessToken}`],
          ...['dpop', proof(accessToken, { claims: { htu: `${ORIGIN}/one`, ...claims } })],
        ],
      })
    const nonce = (await send({})).all('dpop-nonce')[0]
    const spent = { jti: 'spent by its nonce', iat: nowSeconds() + 5, nonce }
    expect((await send(spent)).status).toBe(200)
    await rewrite(changes('off'))
    expect((await reload()).status).toBe(200)
    expect((await send(spent)).code).toBe('DPOP_NONCE')
    await writeFile(fault, 'break')
    await gateway.line(({ msg }) => msg === 'thread replaced')
    // By its `iat` it might be looked for where it was not written down.
    expect((await send(spent)).code).toBe('DPOP_NONCE')
  })
})
