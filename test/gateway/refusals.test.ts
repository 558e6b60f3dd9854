import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { loadDocument } from '../../src/config/load.ts'
import type { ExplainedComparison } from '../../src/decision/explain/explain.ts'
import { readSettings } from '../../src/runtime/settings/settings.ts'
import { explainRequest } from '../../src/runtime/trial/explain.ts'
import { secretsOf } from '../support/wire-secrets.ts'
import { credentials, HOST, token } from '../support/wire-tokens.ts'
import { valuesOf } from '../support/wire-upstream.ts'
import { AUTHORITY_CASES, AUTHORITY_PASSES } from './authority-cases.ts'
import type { Request } from './denial-case.ts'
import { DENIAL_CASES, startDenialGateway } from './denial-config.ts'

/** A certificate that is shown with a request in a file is taken as one that TLS has accepted. */
const BY_TLS: ReadonlySet<string> = new Set(['MTLS_UNTRUSTED', 'MTLS_REVOKED'])

const refusing = ({ steps }: Kept) => steps.filter(({ state }) => state === 'refused')

interface Kept {
  readonly code: string
  readonly status: number
  readonly time: string
  readonly interaction_id: string
  readonly steps: {
    readonly step: string
    readonly state: string
    readonly compared: readonly ExplainedComparison[]
  }[]
}

const { gateway, stop } = await startDenialGateway(() => ({
  admin: { bind: '127.0.0.1:0', refusals: 10_000 },
}))
afterAll(stop)

describe('the last refusals, on the admin address', () => {
  const admin = (path: string) => fetch(`http://127.0.0.1:${gateway.admin}${path}`)
  const kept = async (id: string) =>
    ((await (await admin(`/refusals/${id}`)).json()) as { refusals: Kept[] }).refusals

  for (const [at, each] of [...DENIAL_CASES, ...AUTHORITY_CASES].entries()) {
    it.each(each.versions)(
      `${each.code} (${at}) over HTTP/%s is explained as it was decided`,
      async (version) => {
        const id = randomUUID()
        const wire = await each.request()
        const fields = [...(wire.fields ?? []), 'x-fapi-interaction-id', id]
        const answer = await gateway.call({ ...wire, fields, version })
        const interactionId = answer.all('x-fapi-interaction-id')[0]!
        const [refusal, another] = await kept(interactionId)
        expect(another).toBeUndefined()
        expect(refusal).toMatchObject({ code: each.code, status: answer.status })
        const refusing = refusal!.steps.filter(({ state }) => state === 'refused')
        expect(refusing).toHaveLength(1)
        if (version === '1.1' && !BY_TLS.has(each.code)) expect((await explained(wire)).code).toBe(each.code)
        const at = refusal!.steps.indexOf(refusing[0]!)
        expect(refusal!.steps.slice(at + 1).map(({ state }) => state)).toEqual(
          refusal!.steps.slice(at + 1).map(() => 'not reached'),
        )
        const differing = refusing[0]!.compared.filter(({ result }) => result === 'differs')
        expect(differing).toHaveLength(1)
        for (const secret of secretsOf(wire.fields ?? []))
          expect(JSON.stringify(refusal)).not.toContain(secret)
      },
    )
  }

  it.each(AUTHORITY_PASSES)('what $code admits is admitted, and explained so', async ({ request }) => {
    const wire = await request()
    expect((await gateway.call({ ...wire, version: '1.1' })).status).toBe(200)
    const { verdict, steps } = await explained(wire)
    expect(verdict).toBe('admitted')
    const results = new Set(steps.flatMap(({ compared }) => compared.map(({ result }) => result)))
    expect([...results]).toEqual(['agrees'])
  })

  /** The same request, written down, judged by itself. */
  async function explained({ method = 'GET', path = '/', fields = [], body, certificate }: Request) {
    const host = valuesOf(fields, 'host').length > 0 ? [] : ['host', HOST]
    const framed = valuesOf(fields, 'transfer-encoding').length > 0 || body === undefined
    const all = [...host, ...fields, ...(framed ? [] : ['content-length', `${Buffer.byteLength(body)}`])]
    const lines = all.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${all[at + 1]}`] : []))
    return explainRequest(readSettings(loadDocument(join(gateway.folder, 'gateway.yaml'))), {
      request: [`${method} ${path} HTTP/1.1`, ...lines, '', body ?? ''].join('\r\n'),
      certificate: certificate?.cert?.toString() ?? null,
      at: null,
      listener: null,
    })
  }

  it('lists them without their steps, the newest first, found again by the id in whatever case', async () => {
    const ids = [randomUUID(), randomUUID()]
    for (const id of ids)
      await gateway.call({ path: '/accounts?code=secret', fields: ['x-fapi-interaction-id', id] })
    const list = (await (await admin('/refusals')).json()) as { limit: number; refusals: Kept[] }
    expect(list.limit).toBe(10_000)
    expect(list.refusals.slice(0, 2).map((each) => each.interaction_id)).toEqual(ids.reverse())
    expect(list.refusals[0]).toMatchObject({ code: 'TOKEN_ABSENT', method: 'GET', path: '/accounts' })
    expect(list.refusals[0]).not.toHaveProperty('steps')
    expect(JSON.stringify(list)).not.toContain('secret')
    expect(await kept(ids[0]!.toUpperCase())).toHaveLength(1)
  })

  it('names whom a token names that was not verified, apart from a client that is known', async () => {
    const id = randomUUID()
    for (const claims of [{ scope: 'others' }, { exp: 1 }])
      await gateway.call({
        path: '/accounts',
        fields: [
          ...credentials('/accounts', { accessToken: token({ claims }) }),
          'x-fapi-interaction-id',
          id,
        ],
      })
    const [expired, unscoped] = await kept(id)
    expect(expired).toMatchObject({ code: 'TOKEN_EXPIRED', client_id: null, client_claimed: 'tpp-1' })
    expect(unscoped).toMatchObject({ code: 'SCOPE_INSUFFICIENT', client_id: 'tpp-1' })
    expect(unscoped).not.toHaveProperty('client_claimed')
  })

  it('keeps nothing of what passes, and says so', async () => {
    const id = randomUUID()
    const { status } = await gateway.call({
      path: '/accounts',
      fields: [...credentials(), 'x-fapi-interaction-id', id],
    })
    expect([status, (await admin(`/refusals/${id}`)).status]).toEqual([200, 404])
  })

  it('keeps what never became a request, a spent proof and an upstream that fails', async () => {
    const { text } = await gateway.raw('GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n')
    const [fault] = await kept(/x-fapi-interaction-id: (\S+)/.exec(text)![1]!)
    expect([fault!.code, fault!.steps[0]]).toMatchObject([
      'FRAMING_BROKEN',
      { step: 'scan', state: 'refused', compared: [{ what: 'message', result: 'differs' }] },
    ])
    const id = randomUUID()
    const fields = [...credentials(), 'x-fapi-interaction-id', id]
    for (let time = 0; time < 2; time++) await gateway.call({ path: '/accounts', fields })
    const [replayed] = await kept(id)
    const [spent] = refusing(replayed!)
    expect([spent!.step, spent!.compared[0]!.what, spent!.compared[0]!.result]).toEqual([
      'spend',
      'DPoP proof',
      'differs',
    ])
    await gateway.call({ path: '/cut', fields: ['x-fapi-interaction-id', id] })
    const [broken, ...others] = await kept(id)
    expect([broken!.code, ...others.map(({ code }) => code)]).toEqual(['UPSTREAM_BROKEN', 'DPOP_REPLAYED'])
    expect(refusing(broken!)).toMatchObject([
      { step: 'forward', compared: [{ what: expect.stringMatching(/^upstream ./), result: 'differs' }] },
    ])
  })
})
