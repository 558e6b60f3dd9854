import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { createSecureContext, TLSSocket } from 'node:tls'
import { afterAll, expect, it } from 'vitest'
import { pkiFolder } from '../support/wire-pki.ts'
import { credentials, token } from '../support/wire-tokens.ts'
import { startWithUpstream } from '../support/with-upstream.ts'

const GOOD = JSON.stringify({ status: 'AUTH', permissions: ['ReadBalances'], client_id: 'tpp-1' })
const head = (length: number) => `HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n`
const good = `${head(GOOD.length)}${GOOD}`

/** What a service does of its question, and what the log says of that after the URL, or instead of all. */
const WAYS: { readonly [way: string]: readonly [(socket: TLSSocket, tcp: Socket) => void, string] } = {
  silent: [() => {}, 'no head of it within 3000 ms'],
  half_head: [(socket) => void socket.write('HTTP/1.1 200 OK\r\nContent-Le'), 'no head of it within 3000 ms'],
  half_body: [(socket) => void socket.write(good.slice(0, -9)), 'no end of its body within 3000 ms'],
  dripped: [drip, 'no head of it within 3000 ms'],
  early_hints: [hint, 'no head of it within 3000 ms'],
  endless: [(socket) => flood(socket, head(100 * 1024 * 1024)), 'Response content exceeded max size'],
  endless_head: [(socket) => flood(socket, 'HTTP/1.1 200 OK\r\nX-'), 'Headers Overflow Error'],
  html: [(socket) => void socket.write(`${head(6)}<html>`), 'is no JSON object'],
  list: [(socket) => void socket.write(`${head(2)}[]`), 'is no JSON object'],
  other: [(socket) => void socket.write('SSH-2.0-OpenSSH_9.6\r\n'), 'does not match the HTTP/1.1 protocol'],
  cut_at_head: [(socket) => void socket.end(head(GOOD.length)), 'other side closed'],
  cut_in_body: [(socket) => void socket.end(good.slice(0, -9)), 'other side closed'],
  cut_without_length: [
    (socket) => void socket.end(`HTTP/1.1 200 OK\r\n\r\n${GOOD.slice(0, -9)}`),
    'is no JSON',
  ],
  reset: [(_, tcp) => void tcp.resetAndDestroy(), 'ECONNRESET'],
}
const ways = Object.keys(WAYS)

const pki = await pkiFolder()
const [cert, key] = ['as.pem', 'as-key.pem'].map((name) => readFileSync(join(pki, name)))
const secureContext = createSecureContext({ cert, key })
const open = new Set<Socket>()
const service = createServer((tcp) => {
  keep(tcp)
  const socket = new TLSSocket(tcp, { isServer: true, secureContext }).on('error', () => {})
  socket.on('data', (chunk) => {
    const [, way = '', id] = /^GET \/(\w+)\/(\w+) /.exec(chunk.toString('latin1')) ?? []
    if (id === 'good') socket.write(good)
    else WAYS[way]?.[0](socket, tcp)
  })
})
const mute = createServer((tcp) => void keep(tcp).resume())
const deaf = createServer((tcp) => void keep(tcp).end().resume())
const at = new Map<string, number>()
for (const [name, server] of Object.entries({ service, mute, deaf })) {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  at.set(name, (server.address() as AddressInfo).port)
}

function keep(tcp: Socket): Socket {
  open.add(tcp)
  return tcp.on('error', () => {}).on('close', () => open.delete(tcp))
}

function drip(socket: TLSSocket): void {
  let octets = 0
  const timer = setInterval(
    () => (socket.destroyed ? clearInterval(timer) : socket.write(good.charAt(octets++))),
    100,
  )
}

function hint(socket: TLSSocket): void {
  const hints = () =>
    socket.destroyed ? clearInterval(timer) : socket.write('HTTP/1.1 103 Early Hints\r\n\r\n')
  const timer = setInterval(hints, 100)
}

function flood(socket: TLSSocket, before: string): void {
  const block = Buffer.alloc(64 * 1024, 'x')
  const more = () => {
    while (!socket.destroyed && socket.write(block));
    if (!socket.destroyed) socket.once('drain', more)
  }
  socket.write(before)
  more()
}

const consent = (name: string, server = 'service') => ({
  url: `https://localhost:${at.get(server)}/${name}/{id}`,
  ca: join(pki, 'as-ca.pem'),
  id: { claim: 'consent' },
  states: 'AUTH',
  cache: '0ms',
  timeout: '3s',
})
const { gateway, upstream, stop } = await startWithUpstream({
  consents: {
    ...Object.fromEntries(ways.map((way) => [way, consent(way)])),
    mute: consent('mute', 'mute'),
    deaf: consent('deaf', 'deaf'),
  },
  routes: [
    ...[...ways, 'mute', 'deaf'].map((service) => ({
      path: `/${service}`,
      upstream: 'bank',
      require: { issuer: 'bank', consent: { service } },
    })),
    { path: '/free', upstream: 'bank', require: { issuer: 'bank' } },
  ],
})
afterAll(async () => {
  await stop()
  for (const server of [service, mute, deaf]) server.close()
})

async function ask(service: string, id: string) {
  const accessToken = token({ claims: { consent: id } })
  const path = `/${service}`
  const { status, code } = await gateway.call({ path, fields: credentials(path, { accessToken }) })
  return [service, status, code]
}

it('a consent service that stalls, wherever it does, costs 503 in bounded time, a word in the log, and nothing that is kept', async () => {
  // From then on each has a connection, so that what it lacks later is not that.
  await expect
    .poll(async () => (await Promise.all(ways.map((way) => ask(way, 'good')))).map(([, status]) => status))
    .toEqual(ways.map(() => 200))
  upstream.news()
  const services = [...ways, 'mute', 'deaf']
  const stalled = services.map((service) => ask(service, 'stalled'))
  expect((await gateway.call({ path: '/free', fields: credentials('/free') })).status).toBe(200)
  expect(await Promise.all(stalled)).toEqual(services.map((service) => [service, 503, 'CONSENT_UNAVAILABLE']))
  expect(upstream.news()).toHaveLength(1)
  for (const [service, says] of [
    ...ways.map((way) => [way, WAYS[way]![1]] as const),
    ['mute', 'no TLS connection within 3000 ms'],
    ['deaf', 'disconnected before secure TLS connection was established'],
  ]) {
    const { problem } = await gateway.line((line) => line['service'] === service && 'problem' in line)
    expect([service, problem]).toEqual([service, expect.stringContaining(says)])
  }
  const metrics = await gateway.metrics()
  for (const service of services)
    expect(metrics).toMatch(
      new RegExp(`holdfast_consents_total\\{service="${service}",outcome="failed"[^}]*\\} [1-9]`),
    )
  await expect.poll(() => open.size).toBe(0)
})
