import { randomUUID } from 'node:crypto'
import { afterAll, describe, expect, it } from 'vitest'
import { readText } from '../support/source.ts'
import { type Answer, callOn, openHttp2, UNTIL_CLOSED } from '../support/wire-client.ts'
import { credentials } from '../support/wire-tokens.ts'
import { challenged, type DenialCase, plainly } from './denial-case.ts'
import { DENIAL_CASES, startDenialGateway } from './denial-config.ts'
import { ELSEWHERE } from './denials-elsewhere.ts'
import { DENIALS, expectDenial as expectAnswer } from './expected-denial.ts'

const { gateway, upstream, stop } = await startDenialGateway()
afterAll(stop)

describe('every denial, as a client gets it', () => {
  const produced = new Set<string>()

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

  it('none of any catalogue is missing', () => {
    const others = Object.entries(ELSEWHERE).flatMap(([file, codes]) => {
      const words = readText(`test/gateway/${file}`).match(/\b[A-Z_]+\b/g)
      return codes.filter((code) => words?.includes(code))
    })
    expect([...produced, ...others].sort()).toEqual([...DENIALS.keys()].sort())
  })

  function expectDenial(answer: Answer, each: DenialCase, interactionId: string | null): void {
    expectAnswer(answer, each, interactionId)
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

function fault(code: string, status: number, cite: DenialCase['cite'], path: string): DenialCase {
  return plainly(code, status, cite, () => ({ path }))
}
