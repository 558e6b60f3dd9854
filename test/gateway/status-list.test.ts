import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BANK, ROUTES, startGateway, type TestGateway } from '../support/gateway.ts'
import type { Members } from '../support/jws.ts'
import {
  aStatusListToken,
  packed,
  type StatusServer,
  startStatusServer,
  statusClaim,
} from '../support/status-list.ts'
import { pkiFolder } from '../support/wire-pki.ts'
import { credentials, nowSeconds, token } from '../support/wire-tokens.ts'
import { type RecordingUpstream, startUpstream } from '../support/wire-upstream.ts'

let upstream: RecordingUpstream
let server: StatusServer
const gateways: TestGateway[] = []
/** By path, the claims that change, or `down`. */
const lists = new Map<string, Members | 'down'>()

beforeAll(async () => {
  upstream = await startUpstream()
  server = await startStatusServer((uri) => {
    const list = lists.get(new URL(uri).pathname) ?? {}
    if (list === 'down') return undefined
    return aStatusListToken({ claims: { sub: uri, iat: nowSeconds(), exp: nowSeconds() + 600, ...list } })
  })
})

afterAll(async () => {
  await Promise.all(gateways.map((gateway) => gateway.stop()))
  await server.close()
  await upstream.close()
})

async function gatewayWith(statusList: object, more: object = {}): Promise<TestGateway> {
  const ca = join(await pkiFolder(), 'server-ca.pem')
  const gateway = await startGateway({
    issuers: { bank: { ...BANK, ca, status_list: { origins: server.origin, ...statusList }, ...more } },
    upstreams: { bank: { url: `http://127.0.0.1:${upstream.port}` } },
    routes: ROUTES,
  })
  gateways.push(gateway)
  return gateway
}

const withStatus = (path: string, idx: unknown = 0) =>
  token({ claims: statusClaim(idx, server.origin + path) })

async function ask(gateway: TestGateway, accessToken: string) {
  const answer = await gateway.call({ path: '/accounts', fields: credentials('/accounts', { accessToken }) })
  return { code: answer.code ?? String(answer.status), answer }
}

async function codeOf(gateway: TestGateway, accessToken: string): Promise<string> {
  return (await ask(gateway, accessToken)).code
}

const list = (...statuses: number[]) => ({ status_list: { bits: 1, lst: packed(statuses) } })

describe('over the wire, a token with a status', () => {
  let gateway: TestGateway
  beforeAll(async () => {
    gateway = await gatewayWith({ max_age: '1s', stale: '0ms', max_size: '1KiB' })
  })

  it('passes while its list says so; the list is fetched once, whole, and nothing is said of the token', async () => {
    const keeping = await gatewayWith({})
    const accessToken = withStatus('/lists/kept', 5)
    expect(await Promise.all([1, 2, 3, 4].map(() => codeOf(keeping, accessToken)))).toEqual(
      Array(4).fill('200'),
    )
    expect(server.asked.filter((each) => each.includes('/lists/kept'))).toEqual([
      'GET /lists/kept application/statuslist+jwt',
    ])
    expect(await codeOf(gateway, withStatus('/lists/good', 5))).toBe('200')
  })

  it('is refused once its list says so, also where it was verified before', async () => {
    lists.set('/lists/changing', list(0, 0))
    const [one, other] = [withStatus('/lists/changing', 0), withStatus('/lists/changing', 1)]
    expect([await codeOf(gateway, one), await codeOf(gateway, other)]).toEqual(['200', '200'])
    lists.set('/lists/changing', list(1, 0))
    await wait(1_100)
    const { code, answer } = await ask(gateway, one)
    expect([code, answer.status]).toEqual(['TOKEN_STATUS_INVALID', 401])
    expect(answer.all('www-authenticate').join()).toContain('error="invalid_token"')
    expect(await codeOf(gateway, other)).toBe('200')
  })

  it('is answered 503 and no challenge where its list is down, and passes when it is back', async () => {
    lists.set('/lists/down', 'down')
    const accessToken = withStatus('/lists/down')
    const { code, answer } = await ask(gateway, accessToken)
    expect([code, answer.status]).toEqual(['TOKEN_STATUS_UNAVAILABLE', 503])
    expect([answer.all('retry-after'), answer.all('www-authenticate')]).toEqual([['5'], []])
    expect(await codeOf(gateway, accessToken)).toBe('TOKEN_STATUS_UNAVAILABLE')
    const { detail } = await gateway.line((line) => line['code'] === 'TOKEN_STATUS_UNAVAILABLE')
    expect(detail).toMatch(/^iss ".+", status \{"status_list":\{"idx":0,"uri":"https:.+\/lists\/down"\}\}$/)
    expect(server.asked.filter((each) => each.includes('/lists/down'))).toHaveLength(1)
    lists.delete('/lists/down')
    await wait(5_100)
    expect(await codeOf(gateway, accessToken)).toBe('200')
  })

  it.each<[string, Members]>([
    ['another list', { sub: 'https://other.example/1' }],
    ['an expired list', { exp: 1 }],
    ['a decompression bomb', { status_list: { bits: 8, lst: packed(Array(100_000).fill(0), 8) } }],
    ['no list', { status_list: { bits: 1, lst: 'AAAA' } }],
  ])('is not judged by %s', async (what, claims) => {
    const path = `/lists/${what.replaceAll(' ', '-')}`
    lists.set(path, claims)
    expect(await codeOf(gateway, withStatus(path))).toBe('TOKEN_STATUS_UNAVAILABLE')
  })

  it('is refused where it names no entry, no list, or a list elsewhere', async () => {
    expect(await codeOf(gateway, withStatus('/lists/good', 99))).toBe('TOKEN_STATUS_MALFORMED')
    expect(await codeOf(gateway, token({ claims: { status: 'active' } }))).toBe('TOKEN_STATUS_MALFORMED')
    const elsewhere = token({ claims: statusClaim(0, 'https://127.0.0.1:1/list') })
    expect(await codeOf(gateway, elsewhere)).toBe('TOKEN_STATUS_ORIGIN')
  })

  it('shows in the metrics', async () => {
    const text = await gateway.metrics()
    expect(text).toMatch(/holdfast_status_list_fetches_total\{issuer="bank",outcome="failed"\} [1-9]/)
    expect(text).toMatch(
      /holdfast_status_list_age_seconds\{issuer="bank",uri="https:[^"]*\/lists\/good"\} [0-9]/,
    )
  })
})

describe('over the wire, by configuration', () => {
  it('a list that was forgotten for another serves no longer than it was fresh, though its server is there', async () => {
    const gateway = await gatewayWith({ max_lists: 1, max_age: '1s', stale: '1h' })
    const accessToken = withStatus('/lists/forgotten')
    expect(await codeOf(gateway, accessToken)).toBe('200')
    lists.set('/lists/forgotten', list(1))
    expect(await codeOf(gateway, withStatus('/lists/good'))).toBe('200')
    await wait(1_100)
    expect(await codeOf(gateway, accessToken)).toBe('TOKEN_STATUS_INVALID')
  })

  it('a status may be required', async () => {
    const gateway = await gatewayWith({ required: true })
    expect(await codeOf(gateway, token())).toBe('TOKEN_STATUS_ABSENT')
    expect(await codeOf(gateway, withStatus('/lists/good'))).toBe('200')
  })

  it('an outage may be let pass, a revoked token may not', async () => {
    const gateway = await gatewayWith({ danger_allow_unavailable: true })
    lists.set('/lists/away', 'down')
    lists.set('/lists/bad', list(1))
    expect(await codeOf(gateway, withStatus('/lists/away'))).toBe('200')
    expect(await codeOf(gateway, withStatus('/lists/bad'))).toBe('TOKEN_STATUS_INVALID')
  })

  it('without a word on status lists, a status is looked up at the issuer’s origin, and elsewhere never', async () => {
    const gateway = await startGateway({
      upstreams: { bank: { url: `http://127.0.0.1:${upstream.port}` } },
      routes: ROUTES,
    })
    gateways.push(gateway)
    expect(await codeOf(gateway, token())).toBe('200')
    expect(await codeOf(gateway, withStatus('/lists/good'))).toBe('TOKEN_STATUS_ORIGIN')
  })

  it('the lists of a tenant name it, as its tokens do', async () => {
    const of = (tenant: string) => `https://login.bank.example/${tenant}`
    const gateway = await gatewayWith({}, { issuer: of('{tenantid}'), tenants: ['one', 'another'] })
    const status = (path: string) =>
      token({ claims: { iss: of('one'), tid: 'one', ...statusClaim(0, server.origin + path) } })
    lists.set('/lists/one', { iss: of('one') })
    lists.set('/lists/third', { iss: of('third') })
    expect(await codeOf(gateway, status('/lists/one'))).toBe('200')
    expect(await codeOf(gateway, status('/lists/third'))).toBe('TOKEN_STATUS_UNAVAILABLE')
  })

  it('a status may be ignored', async () => {
    const gateway = await gatewayWith({ danger_ignore_status: true })
    expect(await codeOf(gateway, token({ claims: { status: 'active' } }))).toBe('200')
  })
})
