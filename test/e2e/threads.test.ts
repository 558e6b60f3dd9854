import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { completed, launch, ROUTES, startGateway, type TestGateway } from '../support/gateway.ts'
import { athOf } from '../support/proof.ts'
import { callOn, openHttp2, openTls, pseudoFields } from '../support/wire-client.ts'
import { frame, literals, opening } from '../support/wire-h2.ts'
import { credentials, HOST, token } from '../support/wire-tokens.ts'
import { freePort, type RecordingUpstream, startUpstream } from '../support/wire-upstream.ts'

const THREADS = 3
/** So many connections that every thread has some: of 3 one has none in a run of ten million. */
const MANY = 40
/** A file that is not there until a test makes it. */
const FAULT = join(tmpdir(), `holdfast-fault-${process.pid}`)

vi.setConfig({ testTimeout: 180_000 })

let upstream: RecordingUpstream
let gateway: TestGateway

beforeEach(async () => {
  upstream = await startUpstream((request, response) => {
    setTimeout(() => response.end('ok'), request.url === '/status/slow' ? 800 : 0)
  })
  gateway = await startGateway(
    {
      threads: THREADS,
      drain_timeout: '20s',
      listeners: [{}, { name: 'few', limits: { max_connections: 2 * THREADS } }],
      upstreams: { bank: { url: `http://127.0.0.1:${upstream.port}` } },
      routes: ROUTES,
    },
    { HOLDFAST_TEST_FAULT: FAULT },
  )
})

afterEach(async () => {
  await gateway.stop().catch(() => {})
  await upstream.close()
})

const many = <Result>(make: (at: number) => Promise<Result>) =>
  Promise.all(Array.from({ length: MANY }, (_, at) => make(at)))

/** The sum of all series of a metric whose labels hold this text. */
async function metric(name: string, labels = ''): Promise<number> {
  const lines = (await gateway.metrics()).split('\n')
  const fits = lines.filter((line) => /^[a-z_]+/.exec(line)?.[0] === name && line.includes(labels))
  return fits.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}

/** Has a thread be at fault, and meanwhile sends every thread the head of a request and some of its body at once. */
async function bodiesFor(fault: string): Promise<void> {
  const sockets = await many(() => openTls(gateway.port, { ALPNProtocols: ['h2'] }))
  for (const socket of sockets) socket.resume().write(opening())
  await gateway.call({ path: '/status' })
  await writeFile(FAULT, fault)
  await expect.poll(() => existsSync(FAULT), { interval: 5 }).toBe(false)
  const head = frame(0x1, 0x4, 1, literals(pseudoFields('POST', '/status')))
  const request = Buffer.concat([head, frame(0x0, 0, 1, Buffer.from('some'))])
  for (const socket of sockets) socket.write(request)
}

describe('several threads', () => {
  it('share the port, and their counts add up', async () => {
    const statuses = (await many(() => gateway.call({ path: '/status' }))).map(({ status }) => status)
    expect(new Set(statuses)).toEqual(new Set([200]))
    expect(await metric('holdfast_requests_total', 'admitted')).toBe(MANY)
    expect(await metric('holdfast_decision_seconds_count')).toBe(MANY)
    const busy = (await gateway.metrics())
      .split('\n')
      .filter((line) => line.startsWith('holdfast_thread_utilization{'))
    expect(busy).toHaveLength(THREADS)
    expect(await metric('holdfast_thread_heap_bytes', 'thread="3"')).toBeGreaterThan(1024 * 1024)
    await expect.poll(() => metric('holdfast_thread_delay_seconds_count')).toBeGreaterThan(0)
    const served = gateway.lines().filter(({ msg }) => msg === 'request').length
    await gateway.stop()
    expect(gateway.lines().filter(({ msg }) => msg === 'request')).toHaveLength(MANY)
    expect(served).toBeLessThanOrEqual(MANY)
  })

  it.skipIf(process.platform !== 'linux')('bring places of their own for files that hang', async () => {
    const tasks = `/proc/${gateway.child.pid}/task`
    const names = readdirSync(tasks).map((task) => readFileSync(`${tasks}/${task}/comm`, 'utf8').trim())
    expect(names.filter((name) => name === 'libuv-worker')).toHaveLength(4 + 2 * THREADS)
  })

  it('admit a proof once between them', async () => {
    for (let round = 0; round < 5; round++) {
      const fields = credentials()
      const answers = await many(() => gateway.call({ path: '/accounts', fields }))
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
      expect(answers.filter(({ code }) => code === 'DPOP_REPLAYED')).toHaveLength(MANY - 1)
    }
  })

  it('all know a revocation when the answer to it is there', async () => {
    const accessToken = token()
    const sessions = await many(() => openHttp2(gateway.port))
    const ask = (at: number) =>
      callOn(sessions[at]!, { path: '/accounts', fields: credentials('/accounts', { accessToken }) })
    expect(new Set((await many(ask)).map(({ status }) => status))).toEqual(new Set([200]))
    const revoked = await fetch(`http://127.0.0.1:${gateway.admin}/revocations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token_hash: athOf(accessToken) }),
    })
    expect(revoked.status).toBe(201)
    expect(new Set((await many(ask)).map(({ code }) => code))).toEqual(new Set(['TOKEN_REVOKED']))
    expect(await metric('holdfast_revocation_hits_total')).toBe(MANY)
    expect(await metric('holdfast_revocation_entries')).toBe(1)
    for (const session of sessions) session.destroy()
  })

  it('have as many connections together as there may be', async () => {
    const sockets = await many(async () => connect(gateway.ports.get('few') as number).on('error', () => {}))
    const dropped = () => metric('holdfast_connections_dropped_total', 'reason="max_connections"')
    await expect.poll(dropped).toBe(MANY - 2 * THREADS)
    for (const socket of sockets) socket.destroy()
  })

  it('resume the sessions of each other, and none of another listener', async () => {
    const first = await openTls(gateway.port, { servername: HOST })
    const [session] = (await once(first, 'session')) as [Buffer]
    first.destroy()
    const again = await many(() => openTls(gateway.port, { session, maxVersion: 'TLSv1.3' }))
    expect(again.filter((socket: TLSSocket) => socket.isSessionReused())).toHaveLength(MANY)
    const elsewhere = await openTls(gateway.ports.get('few') as number, { session, maxVersion: 'TLSv1.3' })
    expect(elsewhere.isSessionReused()).toBe(false)
    for (const socket of [...again, elsewhere]) socket.destroy()
  })

  it('one that breaks is replaced; nothing of what the others know is lost', async () => {
    const fields = credentials()
    const accessToken = token()
    expect((await gateway.call({ path: '/accounts', fields })).status).toBe(200)
    await fetch(`http://127.0.0.1:${gateway.admin}/revocations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token_hash: athOf(accessToken) }),
    })
    await many(() => gateway.call({ path: '/status' }))
    const before = await metric('holdfast_requests_total')
    await writeFile(FAULT, 'break')
    expect((await gateway.line(({ msg }) => msg === 'thread ended'))['detail']).toContain(
      'the fault of a test',
    )
    await gateway.line(({ msg }) => msg === 'thread replaced')
    expect(await metric('holdfast_thread_deaths_total')).toBe(1)
    const replayed = await many(() => gateway.call({ path: '/accounts', fields }))
    expect(new Set(replayed.map(({ code }) => code))).toEqual(new Set(['DPOP_REPLAYED']))
    const revoked = await many(() =>
      gateway.call({ path: '/accounts', fields: credentials('/accounts', { accessToken }) }),
    )
    expect(new Set(revoked.map(({ code }) => code))).toEqual(new Set(['TOKEN_REVOKED']))
    expect(await metric('holdfast_requests_total')).toBe(before + 2 * MANY)
    await gateway.stop()
    // Each request has its line, also those of the thread that broke.
    expect(gateway.lines().filter(({ msg }) => msg === 'request')).toHaveLength(before + 2 * MANY)
  })

  it('one that breaks over what has come for it, bodies over HTTP/2, takes no other with it', async () => {
    await bodiesFor('slow, then break')
    await gateway.line(({ msg }) => msg === 'thread ended')
    await gateway.line(({ msg }) => msg === 'thread replaced')
    expect((await gateway.call({ path: '/status' })).status).toBe(200)
    await gateway.stop()
  })

  it('that one is stuck is said before it is ended, which such bodies let no process survive', async () => {
    await bodiesFor('stuck')
    await gateway.line(({ msg }) => msg === 'thread does not answer')
  })

  it('one that is stuck is ended and replaced', async () => {
    await writeFile(FAULT, 'stuck')
    await gateway.line(({ msg }) => msg === 'thread does not answer')
    expect((await gateway.line(({ msg }) => msg === 'thread ended'))['detail']).toBeNull()
    await gateway.line(({ msg }) => msg === 'thread replaced')
    const statuses = (await many(() => gateway.call({ path: '/status' }))).map(({ status }) => status)
    expect(new Set(statuses)).toEqual(new Set([200]))
  }, 180_000)

  it('one that has not answered when the whole process is held up is let live', async () => {
    await writeFile(FAULT, 'slow')
    await expect.poll(() => existsSync(FAULT), { interval: 5 }).toBe(false)
    await wait(2_700)
    gateway.child.kill('SIGSTOP')
    await wait(21_000)
    gateway.child.kill('SIGCONT')
    expect((await gateway.call({ path: '/status' })).status).toBe(200)
    await wait(500)
    expect(await metric('holdfast_thread_deaths_total')).toBe(0)
  })

  it('while one is stuck, the counts of the others go on', async () => {
    await writeFile(FAULT, 'stuck')
    await wait(200)
    let answered = 0
    const asking = many(() => gateway.call({ path: '/status' }).then(() => answered++, String))
    await expect.poll(() => answered).toBeGreaterThan(0)
    await expect
      .poll(async () => (await metric('holdfast_requests_total', 'admitted')) - answered, { timeout: 60_000 })
      .toBe(0)
    await asking
  })

  it('all drain', async () => {
    const slow = many(() => gateway.call({ path: '/status/slow' }))
    await expect.poll(() => upstream.seen.length).toBe(MANY)
    const stopped = gateway.stop()
    expect(new Set((await slow).map(({ status }) => status))).toEqual(new Set([200]))
    await stopped
  })
})

describe('a second instance', () => {
  it('ends with a sentence, while the first serves and while it only holds the address', async () => {
    const bind = `127.0.0.1:${gateway.port}`
    expect(await secondAt(bind)).toEqual([1, `listeners[0].bind: ${bind} is in use: ${ANOTHER}\n`])
    const port = await freePort()
    const name = createServer().listen({ path: `\0holdfast 127.0.0.1 ${port}` })
    await once(name, 'listening')
    expect(await secondAt(`127.0.0.1:${port}`)).toEqual([
      1,
      `listeners[0].bind: 127.0.0.1:${port} is in use: ${ANOTHER}\n`,
    ])
    name.close()
  })
})

async function secondAt(bind: string): Promise<[number | null, string]> {
  const file = join(gateway.folder, 'second.yaml')
  const config = await completed({
    threads: 2,
    listeners: [{ bind }],
    upstreams: { bank: { url: 'http://127.0.0.1:1' } },
    routes: ROUTES,
  })
  await writeFile(file, JSON.stringify(config))
  const second = await launch(['--config', file])
  return [await second.ended, second.stderr()]
}

const ANOTHER = 'another Holdfast, or another program, listens there'
