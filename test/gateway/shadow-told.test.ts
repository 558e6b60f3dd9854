import { afterAll, expect, it } from 'vitest'
import { shadowReport } from '../../src/cli/shadow-report.ts'
import { callOn, openHttp2 } from '../support/wire-client.ts'
import { credentials, token } from '../support/wire-tokens.ts'
import { startShadowGateway } from './shadow-world.ts'

const { gateway, stop } = await startShadowGateway()

afterAll(stop)

it('is named at start and in the metrics, as whatever weakens a rule', async () => {
  const notices = gateway.lines().map(({ msg }) => String(msg))
  for (const path of ['policies.next.enforce', 'routes[4].enforce', 'routes[1].require.shadow.sender'])
    expect(notices.some((text) => text.startsWith(`${path}: `))).toBe(true)
  expect(await gateway.metrics()).toContain('holdfast_danger{key="routes[4].enforce"} 1')
})

it('counts exactly under load, by metric and by report', async () => {
  const session = await openHttp2(gateway.port)
  const clients = ['tpp-a', 'tpp-b', 'tpp-c']
  const calls = Array.from({ length: 300 }, (_, at) => {
    const scope = at % 4 === 0 ? 'accounts payments' : 'accounts'
    const accessToken = token({ claims: { scope, client_id: clients[at % 3], sub: clients[at % 3] } })
    return callOn(session, { path: '/policy', fields: credentials('/policy', { accessToken }) })
  })
  expect(new Set((await Promise.all(calls)).map(({ status }) => status))).toEqual(new Set([200]))
  session.close()
  const report = () => shadowReport(gateway.lines().map((line) => JSON.stringify(line)))
  await gateway.line(() => report().requests === 300)
  expect(
    report()
      .breaks.map(({ client, code, requests, of }) => [client, code, requests, of])
      .sort(),
  ).toEqual(clients.map((client) => [client, 'SCOPE_INSUFFICIENT', 75, 100]))
  expect(await gateway.metrics()).toMatch(
    /^holdfast_shadow_refusals_total\{route="policy",rule="policies.next",code="SCOPE_INSUFFICIENT"[^}]*\} 225$/m,
  )
})
