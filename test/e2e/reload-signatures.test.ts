import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type GatewayConfig, startGateway, type TestGateway } from '../support/gateway.ts'
import { type Answer, gather, openTls, UNTIL_CLOSED } from '../support/wire-client.ts'
import { clientCertificate, pkiFolder } from '../support/wire-pki.ts'
import { clientJwks, digestOf, signatureFor, signedFields } from '../support/wire-signature.ts'
import { bearerOf, credentials, HOST } from '../support/wire-tokens.ts'
import { type RecordingUpstream, startUpstream } from '../support/wire-upstream.ts'
import { turnTo } from './reload-world.ts'

vi.setConfig({ testTimeout: 120_000 })

/** What a profile does with requests and with answers. */
const SIDES = {
  whole: {},
  answers: { request: 'off' },
  requests: { response: 'off' },
} as const
type Side = keyof typeof SIDES | 'none'

interface Place {
  readonly upstream: RecordingUpstream
  readonly pki: string
}

function configOf(side: Side, { upstream, pki }: Place, more: Partial<GatewayConfig> = {}): GatewayConfig {
  const guarded = { issuer: 'bank', ...(side === 'none' ? {} : { signature: 'ours' }) }
  return {
    threads: 1,
    upstreams: { bank: { url: `http://127.0.0.1:${upstream.port}` }, away: { url: 'http://127.0.0.1:1' } },
    clients: [{ client_id: 'tpp-1', jwks: clientJwks() }],
    signing: { key: join(pki, 'signing-key.pem'), key_id: 'gateway', algorithm: 'ES256' },
    signature_profiles: { ours: side === 'none' ? {} : SIDES[side] },
    routes: [
      { path: '/accounts/away', upstream: 'away', require: guarded },
      { path: '/accounts/**', upstream: 'bank', require: guarded },
    ],
    ...more,
  }
}

/** One side of a profile is turned on and off by reloads, and what is under way ends as it began. */
describe.each(['1.1', '2'] as const)('reloads between profiles of signatures, HTTP/%s', (version) => {
  let upstream: RecordingUpstream
  let gateway: TestGateway
  let pki: string
  /** Answers that the upstream holds back, oldest first. */
  const waiting: ServerResponse[] = []

  beforeAll(async () => {
    pki = await pkiFolder()
    upstream = await startUpstream(({ url = '' }, response) => {
      if (url.startsWith('/accounts/slow')) waiting.push(response)
      else if (url.startsWith('/accounts/reset')) response.destroy()
      else if (url.startsWith('/accounts/half')) response.write('{"', () => response.destroy())
      else if (url.startsWith('/accounts/short'))
        response.writeHead(200, { 'content-length': '99' }).write('{"', () => response.destroy())
      else if (url.startsWith('/accounts/empty')) response.writeHead(204).end()
      else if (url.startsWith('/accounts/early'))
        response.writeEarlyHints({ link: '</a>; rel=preload' }, () => response.end('{}'))
      else response.end('{"from":"upstream"}')
    })
    gateway = await startGateway(configOf('none', { upstream, pki }))
  })

  afterAll(async () => {
    await gateway.stop()
    await upstream.close()
  })

  const turn = (side: Side) => turnTo(gateway, configOf(side, { upstream, pki }))

  const signed = (path: string, method = 'GET', body?: string) =>
    gateway.call({
      version,
      method,
      path,
      fields: signedFields({ method, path, ...(body === undefined ? {} : { body }) }),
      ...(body === undefined ? {} : { body }),
    })
  const bare = (path: string) => gateway.call({ version, path, fields: credentials(path) })
  const isSigned = (answer: Answer) => answer.all('signature').length === 1

  const held = async () => {
    await expect.poll(() => waiting.length).toBeGreaterThan(0)
    return waiting.shift() as ServerResponse
  }

  /** What each side demands, and gives. */
  async function serves(side: Side): Promise<void> {
    const demands = side === 'whole' || side === 'requests'
    const gives = side === 'whole' || side === 'answers'
    const path = '/accounts/1'
    const plain = await bare(path)
    expect([plain.status, isSigned(plain)], `${side}, bare`).toEqual([demands ? 401 : 200, gives])
    if (demands) expect(plain.code).toBe('SIG_ABSENT')
    const proved = await signed(path, 'POST', '{"amount":1}')
    expect([proved.status, isSigned(proved)], `${side}, signed`).toEqual([200, gives])
    upstream.news()
    const fields = signedFields({ method: 'POST', path, body: '{"amount":1}' })
    const lying = await gateway.call({ version, method: 'POST', path, fields, body: '{"amount":9}' })
    expect(lying.code ?? lying.status, `${side}, another body`).toBe(
      side === 'none' ? 200 : 'DIGEST_MISMATCH',
    )
    expect(upstream.news()).toHaveLength(side === 'none' ? 1 : 0)
  }

  const turns: [Side, Side][] = [
    ['none', 'answers'],
    ['answers', 'requests'],
    ['requests', 'answers'],
    ['answers', 'whole'],
    ['whole', 'answers'],
    ['answers', 'none'],
    ['none', 'requests'],
    ['requests', 'whole'],
    ['whole', 'requests'],
    ['requests', 'none'],
    ['none', 'whole'],
    ['whole', 'none'],
  ]

  it.each(turns)('from %s to %s', async (from, to) => {
    await turn(from)
    await serves(from)
    const demands = from === 'whole' || from === 'requests'
    const under = demands ? signed('/accounts/slow') : bare('/accounts/slow')
    const response = await held()
    await turn(to)
    await serves(to)
    response.end('{"late":true}')
    const answer = await under
    expect([answer.status, answer.body]).toEqual([200, '{"late":true}'])
    expect(isSigned(answer), 'the answer of a request that came before').toBe(
      from === 'whole' || from === 'answers',
    )
    expect(answer.all('content-digest')).toEqual(isSigned(answer) ? [digestOf('{"late":true}')] : [])
  })

  it.each(['answers', 'requests', 'whole'] as const)('where the upstream fails: %s', async (side) => {
    await turn(side)
    const gives = side !== 'requests'
    for (const [path, status, code] of [
      ['/accounts/away', 502, 'UPSTREAM_UNREACHABLE'],
      ['/accounts/reset', 502, 'UPSTREAM_BROKEN'],
    ] as const) {
      const answer = await signed(path)
      expect([answer.status, answer.code, isSigned(answer)], path).toEqual([status, code, gives])
    }
    for (const path of ['/accounts/half', '/accounts/short']) {
      // An answer that is held to be signed has not begun; one that is not has, and is broken off.
      const answer = await signed(path).catch(() => null)
      if (gives)
        expect([answer?.status, answer?.code, isSigned(answer as Answer)], path).toEqual([
          502,
          'UPSTREAM_BROKEN',
          true,
        ])
      else expect(answer?.body ?? '', path).not.toContain('UPSTREAM')
    }
    for (const [path, status] of [
      ['/accounts/empty', 204],
      ['/accounts/early', 200],
    ] as const) {
      const answer = await signed(path)
      expect([answer.status, isSigned(answer)], path).toEqual([status, gives])
    }
    const head = await signed('/accounts/1', 'HEAD')
    expect([head.status, head.body, isSigned(head)]).toEqual([200, '', gives])
  })
})

it('a body that was half sent when its profile changed is judged by what held when it began', async () => {
  const pki = await pkiFolder()
  const upstream = await startUpstream()
  const gateway = await startGateway(configOf('requests', { upstream, pki }))
  try {
    const path = '/accounts/1'
    const body = '{"amount":1}'
    const halves = await Promise.all(
      ['t":1}', 't":9}'].map(async (rest) => {
        const socket = await openTls(gateway.port)
        socket.write(
          headOf(path, signedFields({ method: 'POST', path, body }), body.length) + body.slice(0, -5),
        )
        return { socket, rest, answer: gather(socket, UNTIL_CLOSED) }
      }),
    )
    await turnTo(gateway, configOf('answers', { upstream, pki }))
    expect(upstream.seen).toEqual([])
    for (const { socket, rest } of halves) socket.write(rest)
    const [honest, altered] = (await Promise.all(halves.map(({ answer }) => answer))).map(({ text }) => text)
    expect(honest).toMatch(/^HTTP\/1\.1 200 /)
    expect(altered).toMatch(/^HTTP\/1\.1 400 [\s\S]*DIGEST_MISMATCH/)
    expect(`${honest}${altered}`.toLowerCase()).not.toContain('signature-input:')
    expect(upstream.seen.map((each) => each.body.toString())).toEqual([body])
    const after = await gateway.call({ path, fields: credentials(path) })
    expect([after.status, after.all('signature').length]).toEqual([200, 1])
  } finally {
    await gateway.stop()
    await upstream.close()
  }
})

it.each([
  ['answers', 'whole'],
  ['none', 'requests'],
] as const)('from %s to %s: what nobody noted does not come once more', async (from, to) => {
  const pki = await pkiFolder()
  const upstream = await startUpstream()
  const more = {
    replay: { danger_trust_before_start: true },
    listeners: [{ tls: { client_certificate: 'optional', client_ca: join(pki, 'client-ca.pem') } }],
  }
  const gateway = await startGateway(configOf(from, { upstream, pki }, more))
  try {
    const certificate = await clientCertificate('client-1')
    const path = '/accounts/1'
    const body = '{"amount":1}'
    const bearer = bearerOf(certificate)
    const unsigned = [...bearer, 'content-digest', digestOf(body)]
    const components = ['@method', '@target-uri', 'authorization', 'content-digest']
    const fields = [...unsigned, ...signatureFor(unsigned, { method: 'POST', path, components })]
    const send = () => gateway.call({ method: 'POST', path, fields, body, certificate })
    expect((await send()).status).toBe(200)
    await turnTo(gateway, configOf(to, { upstream, pki }, more))
    const again = await send()
    expect([again.status, again.code, upstream.seen.length]).toEqual([503, 'LEDGER_UNREADY', 1])
  } finally {
    await gateway.stop()
    await upstream.close()
  }
})

function headOf(path: string, fields: readonly string[], length: number): string {
  const lines = fields.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${fields[at + 1]}`] : []))
  return [
    `POST ${path} HTTP/1.1`,
    `Host: ${HOST}`,
    ...lines,
    `Content-Length: ${length}`,
    'Connection: close',
    '',
    '',
  ].join('\r\n')
}
