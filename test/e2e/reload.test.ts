import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { BANK, ROUTES } from '../support/gateway.ts'
import { aKey } from '../support/keys.ts'
import { callOn, openHttp2 } from '../support/wire-client.ts'
import { testIssuer } from '../support/wire-issuer.ts'
import { pkiFolder } from '../support/wire-pki.ts'
import { credentials, ORIGIN, token } from '../support/wire-tokens.ts'
import { startReloading } from './reload-world.ts'

vi.setConfig({ testTimeout: 180_000 })

describe('a reload', () => {
  it('ten of them under load fail no request and let no proof pass twice', async () => {
    const { gateway, turnTo } = await startReloading()
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
      const { snapshot } = await turnTo({ routes: [...ROUTES, more] })
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
    const { gateway, rewrite, reload } = await startReloading()
    await rewrite({ routes: [{ path: '/new', upstream: 'bank', danger_public: true }] })
    gateway.child.kill('SIGHUP')
    const { snapshot } = await gateway.line(({ msg }) => msg === 'reloaded')
    expect((await gateway.call({ path: '/new' })).status).toBe(200)
    expect((await gateway.call({ path: '/status' })).status).toBe(404)
    expect(await gateway.metrics()).toContain('holdfast_reload_failing 0\n')
    await writeFile(join(gateway.folder, 'gateway.yaml'), 'listeners: 7\nroutes: []\n')
    gateway.child.kill('SIGHUP')
    await gateway.line(({ msg }) => msg === 'reload refused; the configuration of before serves on')
    const { status, msg, problems } = await reload()
    expect(status).toBe(422)
    expect(msg).toBe('reload refused; the configuration of before serves on')
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

  it('is told as a start is: by metrics, by notices, and from its own level of the log on', async () => {
    const { gateway, turnTo } = await startReloading()
    const pki = await pkiFolder()
    const [certificate, key] = ['client-1.pem', 'client-1-key.pem'].map((name) => join(pki, name))
    const { snapshot } = await turnTo({
      log: { level: 'warn' },
      upstreams: { other: { url: 'https://127.0.0.1:9', certificate, private_key: key } },
      routes: [{ path: '/new', upstream: 'other', danger_public: true }],
    })
    const metrics = await gateway.metrics()
    expect(metrics).toContain('holdfast_danger{key="routes[0].danger_public"} 1\n')
    expect(metrics).not.toContain('holdfast_danger{key="routes[1].danger_public"}')
    expect(metrics.match(/^holdfast_info\{.*/gm)).toEqual([expect.stringContaining(`snapshot="${snapshot}"`)])
    expect(metrics).toContain(
      'holdfast_certificate_not_after_seconds{certificate="upstreams.other.certificate"}',
    )
    await gateway.line(
      ({ msg }) => msg === 'routes[0].danger_public: no credential is asked for on this route',
    )
    await turnTo({})
    const { snapshot: after } = await gateway.line(({ msg }) => msg === 'reloaded')
    expect(after).not.toBe(snapshot)
  })

  it.each([
    ['another address', { listeners: [{ bind: '127.0.0.1:1' }] }, 'listeners[0].bind'],
    [
      'another balancer',
      { listeners: [{ proxy_protocol_from: '10.0.3.7' }] },
      'listeners[0].proxy_protocol_from',
    ],
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
    const { rewrite, reload } = await startReloading()
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
    const { gateway, turnTo } = await startReloading({ issuers, routes })
    const accessToken = token({ key: aKey('ES256', 'other'), claims: { iss: other.issuer } })
    const session = await openHttp2(gateway.port)
    const send = () =>
      callOn(session, { path: '/accounts', fields: credentials('/accounts', { accessToken }) })
    expect((await send()).status).toBe(200)
    const asked = other.asked.length
    await turnTo({ issuers, routes: [{ ...routes[0], name: 'renamed' }] })
    expect((await send()).status).toBe(200)
    // What did not change is kept: nobody is asked for the keys again.
    expect(other.asked.length).toBe(asked)
    await turnTo({ issuers: { bank: BANK }, routes: ROUTES })
    expect((await send()).code).toBe('TOKEN_ISSUER')
    session.destroy()
    await other.down()
  })
})
