import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeAuthority } from '../../certs/issue.ts'
import { catalogues } from '../../src/cli/codes.ts'
import type { Denial } from '../../src/domain/denial.ts'
import { LedgerKeeper, ledgerMemory, SharedLedger } from '../../src/services/replay/shared-ledger.ts'
import { ROUTES, type TestGateway } from '../support/gateway.ts'
import { readText } from '../support/source.ts'
import { type Answer, call, callOn, openHttp2, UNTIL_CLOSED } from '../support/wire-client.ts'
import { openInProcess } from '../support/wire-in-process.ts'
import { shortLived, written } from '../support/wire-pki.ts'
import { bearerOf, credentials, nowSeconds, proof, token } from '../support/wire-tokens.ts'
import type { RecordingUpstream } from '../support/wire-upstream.ts'
import { challenged, type DenialCase, expectedChallenges, plainly } from './denial-case.ts'
import { DENIAL_CASES, type DenialGateway, startDenialGateway } from './denial-config.ts'
import { ELSEWHERE } from './denials-elsewhere.ts'

const DENIALS: ReadonlyMap<string, Denial> = new Map(
  (await catalogues()).flatMap(({ denials }) => denials.map((each) => [each.code, each])),
)

describe('every denial, as a client gets it', () => {
  const produced = new Set<string>()
  let started: DenialGateway
  let upstream: RecordingUpstream
  let gateway: TestGateway

  beforeAll(async () => {
    started = await startDenialGateway()
    upstream = started.upstream
    gateway = started.gateway
  })

  afterAll(() => started.stop())

  for (const each of DENIAL_CASES) {
    it.each(each.versions)(`${each.code} over HTTP/%s`, async (version) => {
      const interactionId = randomUUID()
      const wire = await each.request()
      const fields = [...(wire.fields ?? []), 'x-fapi-interaction-id', interactionId]
      expectDenial(await gateway.call({ ...wire, fields, version }), each, interactionId)
      expect(upstream.news()).toEqual([])
    })
  }

  it('METHOD_UNKNOWN lists what the resource takes', async () => {
    expect((await gateway.call({ method: 'DELETE', path: '/read-only' })).all('allow')).toEqual(['GET, HEAD'])
  })

  it.each(['1.1', '2'] as const)('DPOP_REPLAYED over HTTP/%s', async (version) => {
    const fields = credentials()
    expect((await gateway.call({ path: '/accounts', fields, version })).status).toBe(200)
    expect(upstream.news()).toHaveLength(1)
    const interactionId = randomUUID()
    const again = await gateway.call({
      path: '/accounts',
      fields: [...fields, 'x-fapi-interaction-id', interactionId],
      version,
    })
    expectDenial(again, REPLAYED, interactionId)
    expect(upstream.news()).toEqual([])
  })

  it('MTLS_EXPIRED when the certificate ends while the connection stays', async () => {
    const authority = await makeAuthority('CN=short-lived clients', 1)
    const certificate = await shortLived(authority, 120)
    let passed = 0
    const listener = await openInProcess(
      {
        ...plainConfig(upstream.port),
        listeners: [
          {
            resource_metadata: { publish: false },
            tls: { client_certificate: 'optional', client_ca: await written(authority.certificate) },
          },
        ],
      },
      { ledger: { spend: () => 'first' }, now: () => nowSeconds() + passed },
    )
    const session = await openHttp2(listener.port, certificate)
    const fields = bearerOf(certificate)
    expect((await callOn(session, { path: '/accounts', fields })).status).toBe(200)
    passed = 121
    upstream.news()
    const interactionId = randomUUID()
    const later = await callOn(session, {
      path: '/accounts',
      fields: [...fields, 'x-fapi-interaction-id', interactionId],
    })
    session.close()
    expectDenial(later, EXPIRED, interactionId)
    expect(upstream.news()).toEqual([])
    await listener.stop()
  })

  it('FIELDS_TOO_LARGE, and TARGET_TOO_LONG where the first line alone is, whether or not it came to an end', async () => {
    const host = 'Host: api.bank.example'
    const codes = []
    for (const octets of [
      `GET / HTTP/1.1\r\n${host}\r\nX: ${'x'.repeat(17_000)}`,
      `GET /?${'x'.repeat(16_000)} HTTP/1.1\r\n${host}\r\nX: ${'x'.repeat(1_000)}\r\n\r\n`,
      `GET /?${'x'.repeat(17_000)} HTTP/1.1\r\n${host}\r\n\r\n`,
      `GET /?${'x'.repeat(17_000)}`,
    ]) {
      const { text, closed } = await gateway.raw(octets, { quiet: UNTIL_CLOSED })
      codes.push([/"code":"(\w+)"/.exec(text)?.[1], closed])
    }
    const [fields, target] = [
      ['FIELDS_TOO_LARGE', true],
      ['TARGET_TOO_LONG', true],
    ]
    expect(codes).toEqual([fields, fields, target, target])
    const { text } = await gateway.raw(`GET /${'x'.repeat(17_000)} HTTP/1.1\r\n\r\n`, { quiet: UNTIL_CLOSED })
    expectRawDenial(
      text,
      plainly('TARGET_TOO_LONG', 414, 'RFC 9112 §3', () => ({})),
    )
  })

  it('FIELDS_TOO_LARGE, and FRAMING_BROKEN where there was no request to speak of', async () => {
    const large = await gateway.raw(
      `GET / HTTP/1.1\r\nHost: api.bank.example\r\nX: ${'x'.repeat(17_000)}\r\n\r\n`,
      { quiet: UNTIL_CLOSED },
    )
    expectRawDenial(
      large.text,
      plainly('FIELDS_TOO_LARGE', 431, 'RFC 6585 §5', () => ({})),
    )
    const broken = await gateway.raw('GET / HTTP/1.1\r\nHost : api.bank.example\r\n\r\n', {
      quiet: UNTIL_CLOSED,
    })
    expectRawDenial(
      broken.text,
      plainly('FRAMING_BROKEN', 400, 'RFC 9112 §6.1', () => ({})),
    )
    expect(large.closed && broken.closed).toBe(true)
  })

  it('REQUEST_TIMEOUT when the fields do not come to an end', async () => {
    const slow = await gateway.raw('GET / HTTP/1.1\r\nHost: api.bank', { quiet: UNTIL_CLOSED })
    expectRawDenial(
      slow.text,
      plainly('REQUEST_TIMEOUT', 408, 'RFC 9110 §15.5.9', () => ({})),
    )
    expect(slow.closed).toBe(true)
  })

  describe('behind the gateway', () => {
    const cases: [string, DenialCase][] = [
      ['a port that nobody listens on', fault('UPSTREAM_UNREACHABLE', 502, 'RFC 9110 §15.6.3', '/refused')],
      [
        'a certificate that nobody vouches for',
        fault('UPSTREAM_UNREACHABLE', 502, 'RFC 9110 §15.6.3', '/untrusted'),
      ],
      ['an answer that is no HTTP', fault('UPSTREAM_BROKEN', 502, 'RFC 9110 §15.6.3', '/garbage')],
      ['a connection that ends before the answer', fault('UPSTREAM_BROKEN', 502, 'RFC 9110 §15.6.3', '/cut')],
      ['no answer at all', fault('UPSTREAM_TIMEOUT', 504, 'RFC 9110 §15.6.5', '/hang')],
      ['a way that leads back here', fault('UPSTREAM_LOOP', 508, 'RFC 9110 §7.6.3', '/loop')],
    ]
    for (const [what, each] of cases) {
      it.each(each.versions)(`${each.code}: ${what}, over HTTP/%s`, async (version) => {
        const interactionId = randomUUID()
        const wire = await each.request()
        const fields = ['x-fapi-interaction-id', interactionId]
        expectDenial(await gateway.call({ ...wire, fields, version }), each, interactionId)
      })
    }

    it('UPSTREAM_BUSY when too many wait already', async () => {
      const session = await openHttp2(gateway.port)
      const answers = Array.from({ length: 18 }, () => callOn(session, { path: '/busy' }))
      for (const answer of answers) answer.catch(() => {})
      const first = await Promise.race(answers)
      expectDenial(first, fault('UPSTREAM_BUSY', 503, 'RFC 9110 §15.6.4', '/busy'), null)
      session.destroy()
    })
  })

  describe('what no client can bring about', () => {
    it('LEDGER_FULL', async () => {
      const memory = ledgerMemory({ span: 75, words: 2, bytes: 48 }, 'secret')
      new LedgerKeeper(memory).turn(nowSeconds())
      const listener = await openInProcess(plainConfig(upstream.port), { ledger: new SharedLedger(memory) })
      const accessToken = token()
      const now = nowSeconds()
      const send = () =>
        call({
          port: listener.port,
          path: '/accounts',
          fields: [
            'authorization',
            `DPoP ${accessToken}`,
            'dpop',
            proof(accessToken, { claims: { iat: now } }),
          ],
        })
      expect([(await send()).status, (await send()).status]).toEqual([200, 200])
      upstream.news()
      expectDenial(
        await send(),
        plainly('LEDGER_FULL', 503, 'RFC 9449 §11.1', () => ({})),
        null,
      )
      expect(upstream.news()).toEqual([])
      await listener.stop()
    })

    it('OVERLOADED', async () => {
      const overload = { delay: 60_000, inFlight: 0 }
      const listener = await openInProcess(plainConfig(upstream.port), {
        ledger: { spend: () => 'first' },
        overload,
      })
      const answer = await call({ port: listener.port, path: '/accounts', fields: credentials() })
      expectDenial(
        answer,
        plainly('OVERLOADED', 503, 'RFC 9110 §15.6.4', () => ({})),
        null,
      )
      expect(upstream.news()).toEqual([])
      await listener.stop()
    })

    it('LEDGER_UNREADY', async () => {
      const memory = ledgerMemory({ span: 75, words: 64, bytes: 1536 }, 'secret')
      const listener = await openInProcess(plainConfig(upstream.port), { ledger: new SharedLedger(memory) })
      const answer = await call({ port: listener.port, path: '/accounts', fields: credentials() })
      expectDenial(
        answer,
        plainly('LEDGER_UNREADY', 503, 'RFC 9449 §11.1', () => ({})),
        null,
      )
      expect(upstream.news()).toEqual([])
      await listener.stop()
    })

    it('INTERNAL_FAULT, which tells the operator alone', async () => {
      const ledger = {
        spend: () => {
          throw new Error('a bug with a secret in it')
        },
      }
      const listener = await openInProcess(plainConfig(upstream.port), { ledger })
      for (const version of ['1.1', '2'] as const) {
        const answer = await call({ port: listener.port, path: '/accounts', fields: credentials(), version })
        expectDenial(
          answer,
          plainly('INTERNAL_FAULT', 500, 'RFC 9110 §15.6.1', () => ({})),
          null,
        )
        expect(answer.body).not.toContain('secret')
      }
      expect(listener.records.map(({ detail }) => detail)).toEqual([
        expect.stringContaining('a bug with a secret in it'),
        expect.stringContaining('a bug with a secret in it'),
      ])
      expect(upstream.news()).toEqual([])
      await listener.stop()
    })

    it('INTERNAL_FAULT also after keys were fetched', async () => {
      let fetched = false
      const keys = {
        candidates: () => {
          if (fetched) throw new Error('a bug on the cold path')
          return []
        },
        holds: () => false,
        standing: () => 'ask' as const,
        ask: async () => {
          fetched = true
          return true
        },
      }
      const ledger = { spend: () => 'first' as const }
      const listener = await openInProcess(plainConfig(upstream.port), { ledger, keys })
      const answer = await call({ port: listener.port, path: '/accounts', fields: credentials() })
      expectDenial(
        answer,
        plainly('INTERNAL_FAULT', 500, 'RFC 9110 §15.6.1', () => ({})),
        null,
      )
      expect([listener.records.length, upstream.news()]).toEqual([1, []])
      await listener.stop()
    })
  })

  it('none of any catalogue is missing', () => {
    const others = Object.entries(ELSEWHERE).flatMap(([file, codes]) => {
      const words = readText(`test/gateway/${file}`).match(/\b[A-Z_]+\b/g)
      return codes.filter((code) => words?.includes(code))
    })
    expect([...produced, ...others].sort()).toEqual([...DENIALS.keys()].sort())
  })

  function expectDenial(answer: Answer, each: DenialCase, interactionId: string | null): void {
    const denial = DENIALS.get(each.code) as Denial
    const body = JSON.parse(answer.body === '' ? '{}' : answer.body)
    expect([answer.status, body.code ?? each.code]).toEqual([each.status, each.code])
    expect(answer.all('content-type')).toEqual(['application/problem+json'])
    expect(answer.all('cache-control')).toEqual(['no-store'])
    expect(answer.all('x-fapi-interaction-id')).toEqual([interactionId ?? expect.stringMatching(UUID)])
    expect(answer.all('www-authenticate')).toEqual(expectedChallenges(each, denial.says, 'accounts'))
    expect(answer.all('retry-after')).toEqual(each.status === 503 ? ['5'] : [])
    expect(body).toEqual({
      type: `urn:holdfast:problem:${each.code.toLowerCase().replaceAll('_', '-')}`,
      title: expect.any(String),
      status: each.status,
      detail: denial.says,
      code: each.code,
      cite: each.cite,
      interaction_id: answer.all('x-fapi-interaction-id')[0],
      instance: `urn:uuid:${answer.all('x-fapi-interaction-id')[0]}`,
    })
    produced.add(each.code)
  }

  function expectRawDenial(text: string, each: DenialCase): void {
    const [head, body] = text.split('\r\n\r\n') as [string, string]
    const [first, ...lines] = head.split('\r\n') as [string, ...string[]]
    const fields = lines.flatMap((line) => line.split(': '))
    expect(fields).toContain('connection')
    const all = (name: string) => fields.filter((_, at) => fields[at - 1]?.toLowerCase() === name)
    const answer = { status: Number(first.split(' ')[1]), fields, all, code: undefined }
    expectDenial({ ...answer, body: Buffer.from(body, 'latin1').toString('utf8') }, each, null)
  }
})

const REPLAYED = challenged(
  'DPOP_REPLAYED',
  [401, 'invalid_dpop_proof', 'DPoP'],
  'RFC 9449 §11.1',
  () => ({}),
)
const EXPIRED = challenged('MTLS_EXPIRED', [401, 'invalid_token', 'Bearer'], 'RFC 8705 §3', () => ({}))
/** What the tests of their own subject produce over the wire, and no other. */
const UUID = /^[0-9a-f-]{36}$/

function fault(code: string, status: number, cite: DenialCase['cite'], path: string): DenialCase {
  return plainly(code, status, cite, () => ({ path }))
}

function plainConfig(port: number) {
  return { upstreams: { bank: { url: `http://127.0.0.1:${port}` } }, routes: ROUTES }
}
