import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { copyFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { describe, expect, it, vi } from 'vitest'
import { thumbprintOf } from '../../src/codec/certificate.ts'
import { ROOT, ROUTES } from '../support/gateway.ts'
import { callOn, gather, openHttp2, openTls, statusesIn, UNTIL_CLOSED } from '../support/wire-client.ts'
import { clientCertificate, pkiFolder, written, x5tOf } from '../support/wire-pki.ts'
import { bearerOf, certificateToken } from '../support/wire-tokens.ts'
import { startUpstream } from '../support/wire-upstream.ts'
import { startReloading } from './reload-world.ts'

vi.setConfig({ testTimeout: 180_000 })

const pki = await pkiFolder()
const certificate = await clientCertificate('client-1')
const ofPki = (name: string) => join(pki, name)
const BOUND = [{ ...ROUTES[0], require: { issuer: 'bank', sender: 'mtls' } }]
/** Clients are asked for certificates of this CA. */
const asking = (ca: string, more: object = {}) => ({
  listeners: [{ tls: { client_certificate: 'optional', client_ca: ca, ...more } }],
})

describe('a reload', () => {
  it('presents a new certificate, and drops clients whose CA is no more', async () => {
    const { gateway, turnTo } = await startReloading({ ...asking(ofPki('client-ca.pem')), routes: BOUND })
    const fields = bearerOf(certificate)
    const session = await openHttp2(gateway.port, certificate)
    const idle = await openTls(gateway.port, certificate)
    const letGo = gather(idle, UNTIL_CLOSED)
    expect((await callOn(session, { path: '/accounts', fields })).status).toBe(200)
    const first = (await openTls(gateway.port)).getPeerX509Certificate()
    await copyFile(ofPki('as.pem'), join(gateway.folder, 'mine.pem'))
    await copyFile(ofPki('as-key.pem'), join(gateway.folder, 'mine-key.pem'))
    const mine = { certificate: 'mine.pem', private_key: 'mine-key.pem' }
    await turnTo({ ...asking(ofPki('as-ca.pem'), mine), routes: BOUND })
    const closed = callOn(session, { path: '/accounts', fields }).then(
      ({ code }) => code,
      () => 'closed',
    )
    expect(['closed', 'MTLS_UNTRUSTED']).toContain(await closed)
    await expect.poll(() => session.closed).toBe(true)
    // And not by a refusal of the head that did not come.
    expect(await letGo).toEqual({ text: '', closed: true })
    const second = (await openTls(gateway.port, { rejectUnauthorized: false })).getPeerX509Certificate()
    expect(second?.fingerprint256).not.toBe(first?.fingerprint256)
    expect(second?.fingerprint256).toBe(new X509Certificate(readFileSync(ofPki('as.pem'))).fingerprint256)
  })

  it('reaches a thread as well that begins, and is still to find the name that it listens at', async () => {
    const [fault, slow] = ['fault', 'slow'].map((name) => join(tmpdir(), `holdfast-${name}-${process.pid}`))
    const local = (tls: object) => ({ listeners: [{ bind: 'localhost:0', tls }] })
    const { gateway, turnTo } = await startReloading(local({}), {
      HOLDFAST_TEST_FAULT: fault,
      HOLDFAST_TEST_SLOW_NAMES: slow,
      NODE_OPTIONS: `--import ${pathToFileURL(join(ROOT, 'test/support/wire-slow-names.ts'))}`,
    })
    await writeFile(slow as string, '')
    await writeFile(fault as string, 'break')
    await gateway.line(({ msg }) => msg === 'thread ended')
    await wait(500)
    await turnTo(local({ certificate: ofPki('as.pem'), private_key: ofPki('as-key.pem') }))
    expect(gateway.lines().filter(({ msg }) => msg === 'thread replaced')).toEqual([])
    await gateway.line(({ msg }) => msg === 'thread replaced')
    await rm(slow as string)
    // Of 40 connections the thread that began has some.
    for (let each = 0; each < 40; each++) {
      const socket = await openTls(gateway.port, { rejectUnauthorized: false })
      expect(socket.getPeerX509Certificate()?.subject).toBe('CN=as.bank.example')
      socket.destroy()
    }
  })

  it('says by whose certificates clients may come, at start and after a reload', async () => {
    const both = await written(
      ['client-ca.pem', 'as-ca.pem'].map((name) => readFileSync(ofPki(name), 'utf8')).join('\n'),
    )
    const { gateway, turnTo } = await startReloading(asking(ofPki('client-ca.pem')))
    const told = (name: string) => {
      const ca = new X509Certificate(readFileSync(ofPki(name)))
      const end = new Date(ca.validTo).toISOString().slice(0, 10)
      return `${thumbprintOf(ca.raw)} ${ca.subject.replaceAll('\n', ', ')} until ${end}`
    }
    await turnTo(asking(both))
    await gateway.line(({ msg }) => msg === 'reloaded')
    const lines = gateway.lines().filter(({ msg }) => msg === 'client authorities')
    expect(lines.map(({ listener, authorities }) => [listener, authorities])).toEqual([
      [expect.any(String), [told('client-ca.pem')]],
      [expect.any(String), [told('client-ca.pem'), told('as-ca.pem')]],
    ])
  })

  it('takes a client certificate for nothing on a connection that outlives its CA', async () => {
    let answers = () => {}
    const slow = await startUpstream((_, response) => {
      answers = () => response.end('ok')
    })
    const changes = (ca: string) => ({
      upstreams: { bank: { url: `http://127.0.0.1:${slow.port}` } },
      ...asking(ofPki(ca)),
      routes: BOUND,
    })
    const { gateway, turnTo } = await startReloading(changes('client-ca.pem'))
    const bearer = `Bearer ${certificateToken(x5tOf(certificate))}`
    const request = `GET /accounts HTTP/1.1\r\nHost: api.bank.example\r\nAuthorization: ${bearer}\r\n\r\n`
    const socket = await openTls(gateway.port, certificate)
    socket.write(request)
    const first = gather(socket, UNTIL_CLOSED)
    await expect.poll(() => slow.seen.length).toBe(1)
    // One waits behind it.
    socket.write(request)
    await turnTo(changes('as-ca.pem'))
    // What was under way keeps what it began with, and nothing comes after it.
    answers()
    const { text, closed } = await first
    expect([statusesIn(text), text.includes('connection: close\r\n'), closed]).toEqual([[200], true, true])
    const anew = await openTls(gateway.port, certificate)
    anew.write(request)
    const refused = await gather(anew, 50)
    expect([statusesIn(refused.text), refused.text.includes('MTLS_UNTRUSTED')]).toEqual([[401], true])
    expect(slow.seen).toHaveLength(1)
    anew.destroy()
    await slow.close()
  })
})
