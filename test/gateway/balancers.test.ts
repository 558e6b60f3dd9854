import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect as connectHttp2 } from 'node:http2'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { ROUTES } from '../support/gateway.ts'
import { call, callOn, gather, openTls, statusesIn } from '../support/wire-client.ts'
import { openInProcess } from '../support/wire-in-process.ts'
import { listens, needs } from '../support/wire-programs.ts'
import { HOST } from '../support/wire-tokens.ts'
import { freePort } from '../support/wire-upstream.ts'
import { startWithUpstream } from '../support/with-upstream.ts'

const BALANCER = '127.0.0.9'
const REQUEST = `GET /status HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`

const line = (address: string) => `PROXY TCP4 ${address} 198.51.100.1 56324 443\r\n`

const LISTENER = {
  proxy_protocol_from: ['10.0.3.0/24', `${BALANCER}/32`],
  limits: { header_timeout: '1500ms', max_connections_per_address: 2, max_handshakes: 2 },
}

const { gateway, upstream, stop } = await startWithUpstream({
  listeners: [
    LISTENER,
    { ...LISTENER, bind: '[::]:0', limits: { ...LISTENER.limits, header_timeout: '1m' } },
  ],
  routes: ROUTES,
})
const ofBoth = gateway.ports.get('public-1')!
afterAll(stop)

const opened: Socket[] = []

afterEach(() => {
  for (const socket of opened.splice(0)) socket.destroy()
})

/** TCP from the balancer. */
async function dial(from = BALANCER, port = gateway.port): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: from, noDelay: true })
  opened.push(socket)
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

async function asks(socket: Socket): Promise<number[]> {
  const tls = await openTls(gateway.port, { socket })
  tls.write(REQUEST)
  return statusesIn((await gather(tls, 0)).text)
}

const forwarded = (name = 'x-forwarded-for') => upstream.seen.at(-1)!.all(name)

const failed = (reason: string) =>
  gateway.line((each) => each['msg'] === 'handshake failed' && each['reason'] === reason)

describe('a connection of a balancer', () => {
  it('is of the client that its header names: in the log, at the upstream', async () => {
    const socket = await dial()
    socket.write(line('192.0.2.17'))
    expect(await asks(socket)).toEqual([200])
    expect(forwarded()).toEqual(['192.0.2.17'])
    expect(forwarded('forwarded')[0]).toContain('for=192.0.2.17;')
    await gateway.line((each) => each['msg'] === 'request' && each['remote'] === '192.0.2.17')
  })

  it('may send its header in parts, and what the client says in one with its end', async () => {
    const header = line('192.0.2.18')
    const socket = await dial()
    const balancer = createServer(async (client) => {
      const [said] = await once(client, 'data')
      client.pause()
      for (const octet of header.slice(0, -1)) {
        socket.write(octet)
        await wait(1)
      }
      socket.write(Buffer.concat([Buffer.from(header.slice(-1)), said]))
      client.pipe(socket).pipe(client)
    })
    await once(balancer.listen(0, '127.0.0.1'), 'listening')
    const { port } = balancer.address() as AddressInfo
    expect((await call({ port, path: '/status' })).status).toBe(200)
    balancer.close()
    expect(forwarded()).toEqual(['192.0.2.18'])
  })

  it('is its own where it speaks for itself, and over HTTP/2 as well', async () => {
    const socket = await dial()
    socket.write(Buffer.from('0d0a0d0a000d0a515549540a20000000', 'hex'))
    const tls = await openTls(gateway.port, { socket, ALPNProtocols: ['h2'] })
    const session = connectHttp2(`https://${HOST}`, { createConnection: () => tls })
    expect((await callOn(session, { path: '/status' })).status).toBe(200)
    session.destroy()
    expect(forwarded()).toEqual([BALANCER])
  })

  it('is known by its IPv4 address where the listener has both, and so is its client', async () => {
    const named = await dial(BALANCER, ofBoth)
    named.write('PROXY TCP6 ::ffff:192.0.2.24 ::1 56324 443\r\n')
    expect(await asks(named)).toEqual([200])
    expect(forwarded()).toEqual(['192.0.2.24'])
    const spoke = await dial(BALANCER, ofBoth)
    spoke.end('PROXY ')
    expect(await failed('ECONNRESET')).toMatchObject({ remote: BALANCER })
  })

  it('may stay for longer than its header may take', async () => {
    const socket = await dial()
    socket.write(line('192.0.2.25'))
    const tls = await openTls(gateway.port, { socket })
    // A first request must come as soon as a header; the next has the time of an idle connection.
    tls.write(REQUEST)
    expect(statusesIn((await gather(tls, 0)).text)).toEqual([200])
    await wait(1_600)
    tls.write(REQUEST)
    expect(statusesIn((await gather(tls, 0)).text)).toEqual([200])
  })

  it('that is reset before its header has come costs nobody anything', async () => {
    const config = {
      listeners: [LISTENER],
      upstreams: { bank: { url: 'http://127.0.0.1:1' } },
      routes: ROUTES,
    }
    const another = await openInProcess(config)
    const uncaught: string[] = []
    const tells = ({ message }: Error) => void uncaught.push(message)
    process.on('uncaughtExceptionMonitor', tells)
    const socket = await dial(BALANCER, another.port)
    await wait(100)
    socket.resetAndDestroy()
    await wait(100)
    process.off('uncaughtExceptionMonitor', tells)
    expect(uncaught).toEqual([])
    await another.stop()
  })

  it('that was one of a client and ends is no failure', async () => {
    const before = await failures('ECONNRESET')
    const socket = await dial()
    socket.write(line('192.0.2.26'))
    expect(await asks(socket)).toEqual([200])
    socket.destroy()
    // One that ends in its header is counted, and the other, which ended before it, would be by then.
    const another = await dial()
    another.end('PROXY ')
    await expect.poll(() => failures('ECONNRESET')).toBeGreaterThan(before)
    expect(await failures('ECONNRESET')).toBe(before + 1)
  })

  it('counts as one of its client', async () => {
    for (const status of [200, 200]) {
      const socket = await dial()
      socket.write(line('192.0.2.19'))
      expect(await asks(socket)).toEqual([status])
    }
    const third = await dial()
    third.write(line('192.0.2.19'))
    await expect(asks(third)).rejects.toThrow()
    const another = await dial()
    another.write(line('192.0.2.20'))
    expect(await asks(another)).toEqual([200])
  })

  it.each([
    ['begins with TLS', 'PROXY_HEADER_ABSENT', Buffer.from('1603010200010001fc', 'hex')],
    ['names no address', 'PROXY_HEADER_MALFORMED', line('evil')],
    ['says no more', 'PROXY_HEADER_TIMEOUT', 'PROXY TCP4 '],
  ])('that %s is ended, and the log says why', async (_, reason, octets) => {
    const socket = await dial()
    socket.write(octets)
    socket.resume()
    await once(socket, 'close')
    expect(await failed(reason)).toMatchObject({ remote: BALANCER })
  })

  it('that says nothing makes room for others after a second', async () => {
    const [first] = [await dial(BALANCER, ofBoth), await dial(BALANCER, ofBoth)]
    const ends = once(first.resume(), 'close')
    await wait(1_100)
    const socket = await dial(BALANCER, ofBoth)
    socket.write(line('192.0.2.21'))
    expect(await asks(socket)).toEqual([200])
    await ends
    expect(await gateway.metrics()).toMatch(
      /holdfast_connections_dropped_total\{reason="max_handshakes"[^}]*\} 1/,
    )
  })

  it('that is one too many is ended, while those before it have time left', async () => {
    const [first] = [await dial(), await dial()]
    // A thread listens several times over, so it may see the last that was dialled first; who is answered meanwhile has had it see all.
    expect(await asks(await dial('127.0.0.1'))).toEqual([200])
    const third = await dial()
    third.write(line('192.0.2.23'))
    await expect(asks(third)).rejects.toThrow()
    first.write(line('192.0.2.23'))
    expect(await asks(first)).toEqual([200])
  })

  it('that says nothing does not keep the gateway from ending', async () => {
    const limits = { header_timeout: '1m' }
    const config = {
      listeners: [{ ...LISTENER, limits }],
      upstreams: { bank: { url: 'http://127.0.0.1:1' } },
      routes: ROUTES,
    }
    const another = await openInProcess(config)
    const silent = await dial(BALANCER, another.port)
    const ends = once(silent.resume(), 'close')
    await another.stop()
    await ends
  })

  it('that only looks whether somebody listens is counted, and no line tells of it', async () => {
    const before = await silentOnes()
    const silent = await dial()
    silent.end()
    const spoke = await dial()
    spoke.end(line('192.0.2.22'))
    await expect.poll(silentOnes).toBe(before + 2)
    expect(gateway.lines().some(({ reason }) => reason === 'NOTHING_SENT')).toBe(false)
  })
})

const silentOnes = () => failures('NOTHING_SENT')

async function failures(reason: string): Promise<number> {
  const counted = new RegExp(`reason="${reason}"[^}]*\\} ([0-9]+)`)
  return Number(counted.exec(await gateway.metrics())?.[1] ?? 0)
}

describe('a connection of anybody else', () => {
  it('needs no header', async () => {
    expect((await gateway.call({ path: '/status' })).status).toBe(200)
    expect(forwarded()).toEqual(['127.0.0.1'])
  })

  it('names nobody: a header of its own is no TLS', async () => {
    const socket = await dial('127.0.0.10')
    socket.write(line('192.0.2.17'))
    await expect(asks(socket)).rejects.toThrow()
  })
})

describe.runIf(needs('haproxy', '-v'))('HAProxy, passing TCP through', () => {
  it.each(['send-proxy', 'send-proxy-v2'])('names its client with %s', async (how) => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'))
    const port = await freePort()
    const config = `
defaults
  mode tcp
  timeout connect 5s
  timeout client 5s
  timeout server 5s
listen tls
  bind 127.0.0.1:${port}
  server gateway 127.0.0.1:${gateway.port} source ${BALANCER} ${how}
`
    await writeFile(join(folder, 'haproxy.cfg'), config)
    const haproxy: ChildProcess = spawn('haproxy', ['-db', '-f', join(folder, 'haproxy.cfg')], {
      stdio: 'ignore',
    })
    try {
      await expect.poll(() => listens(port)).toBe(true)
      expect((await call({ port, path: '/status' })).status).toBe(200)
      expect((await call({ port, path: '/status', version: '2' })).status).toBe(200)
      expect(forwarded()).toEqual(['127.0.0.1'])
    } finally {
      haproxy.kill('SIGKILL')
      await once(haproxy, 'close')
      await rm(folder, { recursive: true })
    }
  })
})
