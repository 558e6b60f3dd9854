import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { completed, launch, ROOT, ROUTES, startGateway, type TestGateway } from '../support/gateway.ts'
import { call, openTls } from '../support/wire-client.ts'
import { type RecordingUpstream, startUpstream } from '../support/wire-upstream.ts'

vi.setConfig({ testTimeout: 180_000 })

/** A file that is not there until a test makes it. */
const FAULT = join(tmpdir(), `holdfast-ending-fault-${process.pid}`)
/** Milliseconds: those after which a gateway of these tests kills itself are 13 seconds. */
const DRAIN = 1_000

/** Runs what follows as the first process of a PID namespace, as a container does. */
const FIRST = ['--pid', '--fork', '--kill-child']
const canBeFirst = spawnSync('unshare', [...FIRST, 'true']).status === 0

/** Whatever keeps a gateway, SIGTERM ends it. */
describe('SIGTERM ends a gateway', () => {
  let upstream: RecordingUpstream
  let gateway: TestGateway

  beforeEach(async () => {
    upstream = await startUpstream(undefined, () => true)
    gateway = await startGateway(
      {
        drain_timeout: `${DRAIN}ms`,
        upstreams: { bank: { url: `http://127.0.0.1:${upstream.port}`, timeout: '5m' } },
        routes: ROUTES,
      },
      { HOLDFAST_TEST_FAULT: FAULT },
    )
  })

  afterEach(async () => {
    gateway.child.kill('SIGKILL')
    await upstream.close()
  })

  /** How it ended, and what it said of it. */
  async function ended(): Promise<{ code: number | null; said: unknown[] }> {
    const exit = new Promise<number | null>((resolve) => gateway.child.once('exit', (code) => resolve(code)))
    const read = new Promise((resolve) => gateway.child.once('close', resolve))
    gateway.child.kill('SIGTERM')
    const code = await exit
    // Its last lines are read a moment after its end, also where none was taken until then.
    gateway.child.stdout?.resume()
    await read
    const said = gateway.lines().map(({ msg }) => msg)
    return { code, said: said.slice(said.indexOf('draining')) }
  }

  it('whose log nobody reads any more', async () => {
    gateway.child.stdout?.destroy()
    await gateway.call({ path: '/accounts' })
    expect((await ended()).code).toBe(0)
  })

  it('whose log nobody takes: it is killed, as a write in the system cannot be called back', async () => {
    gateway.child.stdout?.pause()
    const answers = Array.from({ length: 1500 }, (_, at) => at)
    for (; answers.length > 0; ) {
      const some = answers.splice(0, 50)
      await Promise.all(some.map((at) => gateway.call({ path: `/accounts/${'x'.repeat(900)}${at}` })))
    }
    expect((await fetch(`http://127.0.0.1:${gateway.admin}/livez`)).status).toBe(200)
    expect((await ended()).code).toBe(null)
    expect(gateway.child.signalCode).toBe('SIGKILL')
  })

  it('with an upstream that does not answer, and a client that does not begin', async () => {
    const asking = gateway.call({ path: '/status' }).catch(() => 'cut')
    const silent = connect(gateway.port, '127.0.0.1').on('error', () => {})
    const idle = await openTls(gateway.port)
    await expect.poll(() => upstream.seen.length).toBe(1)
    expect(await ended()).toEqual({ code: 0, said: ['draining', 'request', 'ended'] })
    expect(await asking).toBe('cut')
    for (const socket of [silent, idle]) socket.destroy()
  })

  it('with a thread that does not answer', async () => {
    await writeFile(FAULT, 'stuck')
    await wait(1_000)
    const late = ['thread did not drain', 'thread did not end by itself']
    expect(await ended()).toEqual({ code: 0, said: ['draining', ...late, 'ended'] })
  })
})

it.skipIf(!canBeFirst)('the first process of a container is ended at once by a second SIGTERM', async () => {
  const upstream = await startUpstream(undefined, () => true)
  const file = join(tmpdir(), `holdfast-ending-${process.pid}-first.yaml`)
  const upstreams = { bank: { url: `http://127.0.0.1:${upstream.port}`, timeout: '5m' } }
  const config = {
    drain_timeout: '5m',
    issuers: {},
    upstreams,
    routes: [{ path: '/status', upstream: 'bank', danger_public: true }],
  }
  await writeFile(file, JSON.stringify(await completed(config)))
  const first = spawn('unshare', [...FIRST, process.execPath, 'src/main.ts', '--config', file], { cwd: ROOT })
  let said = ''
  first.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const ended = once(first, 'exit')
  await expect.poll(() => said, { timeout: 30_000 }).toContain('"serving"')
  const port = Number(/public on port (\d+)/.exec(said)![1])
  const asking = call({ port, path: '/status' }).catch(() => 'cut')
  await expect.poll(() => upstream.seen.length).toBe(1)
  const inner = Number(readFileSync(`/proc/${first.pid}/task/${first.pid}/children`, 'utf8'))
  process.kill(inner, 'SIGTERM')
  await expect.poll(() => said).toContain('"draining"')
  process.kill(inner, 'SIGTERM')
  expect(await ended).toEqual([143, null])
  expect(await asking).toBe('cut')
  await upstream.close()
})

/** Runs what follows where all names are asked of a server in the same process, which never answers. */
const RESOLVER = join(tmpdir(), `holdfast-ending-${process.pid}-resolv.conf`)
const ALONE = [
  '--net',
  '--mount',
  'sh',
  '-c',
  `ip link set lo up && mount --bind ${RESOLVER} /etc/resolv.conf && exec "$@"`,
  '-',
]
const SILENT =
  'data:text/javascript,import d from"node:dgram";d.createSocket("udp4").on("error",()=>{}).bind(53,"127.0.0.1").unref()'
writeFileSync(RESOLVER, 'nameserver 127.0.0.1\noptions timeout:30 attempts:1\n')
const canBeAlone = spawnSync('unshare', [...ALONE, 'true']).status === 0

describe.skipIf(!canBeAlone)('SIGTERM ends a gateway whose name server is silent', () => {
  it.each([
    ['while it starts', 'self-test passed'],
    ['when it serves', 'key set not fetched'],
  ])('%s', async (when, line) => {
    const file = join(tmpdir(), `holdfast-ending-${process.pid}-names.yaml`)
    const issuers = { bank: { issuer: 'https://as.bank.example', audience: 'https://api.bank.example' } }
    const upstreams = { bank: { url: 'http://127.0.0.1:9' } }
    const config = { drain_timeout: '1s', issuers, upstreams, routes: ROUTES }
    await writeFile(file, JSON.stringify(await completed(config)))
    const command = [...ALONE, process.execPath, '--import', SILENT, 'src/main.ts', '--config', file]
    const alone = spawn('unshare', command, { cwd: ROOT })
    let said = ''
    alone.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    const ended = once(alone, 'exit')
    await expect.poll(() => said, { timeout: 30_000 }).toContain(line)
    const began = performance.now()
    alone.kill('SIGTERM')
    const [code, signal] = await ended
    expect(performance.now() - began).toBeLessThan(12_000)
    if (when === 'when it serves') expect([code, signal]).toEqual([null, 'SIGKILL'])
    else expect([0, null]).toContain(code)
  })
})

it.each([0, 150, 300, 600, 900])('SIGTERM ends a gateway that starts since %i ms', async (milliseconds) => {
  const file = join(tmpdir(), `holdfast-ending-${process.pid}-${milliseconds}.yaml`)
  await writeFile(
    file,
    JSON.stringify(
      await completed({
        threads: 2,
        issuers: { bank: { issuer: 'https://as.bank.example', audience: 'https://api.bank.example' } },
        upstreams: { bank: { url: 'http://127.0.0.1:9' } },
        routes: ROUTES,
      }),
    ),
  )
  const starting = await launch(['--config', file])
  await wait(milliseconds)
  const code = await starting.end('SIGTERM')
  expect([code, starting.child.signalCode]).not.toContain('SIGKILL')
  expect([0, null]).toContain(code)
})

it('SIGHUP while a gateway starts does not end it: it reloads as soon as it serves', async () => {
  const file = join(tmpdir(), `holdfast-ending-${process.pid}-reload.yaml`)
  const issuers = { bank: { issuer: 'https://as.bank.example', audience: 'https://api.bank.example' } }
  const upstreams = { bank: { url: 'http://127.0.0.1:9' } }
  await writeFile(file, JSON.stringify(await completed({ threads: 2, issuers, upstreams, routes: ROUTES })))
  const starting = await launch(['--config', file])
  await starting.line(({ msg }) => msg === 'self-test passed')
  starting.child.kill('SIGHUP')
  await starting.line(({ msg }) => msg === 'reloaded')
  const said = starting.lines().map(({ msg }) => msg)
  expect(said.indexOf('reloaded')).toBeGreaterThan(said.indexOf('serving'))
  expect(await starting.end('SIGTERM')).toBe(0)
})
