import { expect, it } from 'vitest'
import { ControlMetrics, departed, type Ends } from '../../../src/services/metrics/control-metrics.ts'
import { Metrics } from '../../../src/services/metrics/metrics.ts'

/** What is told under a name, by what stands in braces. */
async function told(metrics: ControlMetrics, name: string): Promise<{ readonly [labels: string]: number }> {
  const lines = (await metrics.text([])).split('\n').filter((line) => line.split(/[{ ]/, 1)[0] === name)
  return Object.fromEntries(
    lines.map((line) => {
      const [, labels = '', value] = /^[^{ ]+(?:\{(.*)\})? (.+)$/.exec(line)!
      return [labels.replaceAll('"', ''), Number(value)]
    }),
  )
}

it('each outcome of what is asked is counted as what it was, and the others are there at zero', async () => {
  const metrics = new ControlMetrics()
  for (const outcome of ['found', 'unknown', 'unknown', 'failed', 'failed', 'failed'] as const)
    metrics.consent('bank', outcome)
  for (const outcome of ['inactive', 'inactive', 'failed'] as const) metrics.introspection('bank', outcome)
  metrics.jwksFetch('bank', 'failed')
  metrics.revocation.statusListFetch('bank', 'ok')
  expect(await told(metrics, 'holdfast_consents_total')).toEqual({
    'service=bank,outcome=found': 1,
    'service=bank,outcome=unknown': 2,
    'service=bank,outcome=failed': 3,
  })
  expect(await told(metrics, 'holdfast_introspections_total')).toEqual({
    'issuer=bank,outcome=active': 0,
    'issuer=bank,outcome=inactive': 2,
    'issuer=bank,outcome=failed': 1,
  })
  const fetches = { 'issuer=bank,outcome=ok': 0, 'issuer=bank,outcome=failed': 1 }
  expect(await told(metrics, 'holdfast_jwks_fetches_total')).toEqual(fetches)
  expect(await told(metrics, 'holdfast_status_list_fetches_total')).toEqual({
    'issuer=bank,outcome=ok': 1,
    'issuer=bank,outcome=failed': 0,
  })
})

it('a reload that is refused is failing until one is not', async () => {
  const metrics = new ControlMetrics()
  const failing = () => told(metrics, 'holdfast_reload_failing')
  metrics.reloaded('refused')
  expect(await failing()).toEqual({ '': 1 })
  metrics.reloaded('ok')
  expect(await failing()).toEqual({ '': 0 })
  expect(await told(metrics, 'holdfast_reloads_total')).toEqual({ 'outcome=ok': 1, 'outcome=refused': 1 })
})

it('what is in use no more is told no more', async () => {
  const metrics = new ControlMetrics()
  const ends = (at: string): Ends => {
    const each = new Map([[at, 7]])
    return { certificates: each, authorities: each, revocationLists: each, signing: each }
  }
  for (const at of ['before', 'now']) {
    metrics.ends(ends(at))
    metrics.danger([at])
    metrics.serves('1', at)
  }
  expect(await told(metrics, 'holdfast_certificate_not_after_seconds')).toEqual({ 'certificate=now': 7 })
  expect(await told(metrics, 'holdfast_client_ca_not_after_seconds')).toEqual({ 'ca=now': 7 })
  expect(await told(metrics, 'holdfast_crl_next_update_seconds')).toEqual({ 'crl=now': 7 })
  expect(await told(metrics, 'holdfast_signing_ends_seconds')).toEqual({ 'key=now': 7 })
  expect(await told(metrics, 'holdfast_danger')).toEqual({ 'key=now': 1 })
  expect(await told(metrics, 'holdfast_info')).toEqual({ 'version=1,snapshot=now': 1 })
})

it('what is read when somebody looks is of that moment alone', async () => {
  const metrics = new ControlMetrics()
  let [name, lost] = ['before', 3]
  metrics.watch({
    ledgerFill: () => 0.5,
    heldBodies: () => 1,
    revocations: () => 2,
    logWaiting: () => 4,
    logLinesLost: () => lost,
    threads: () => [{ thread: name === 'before' ? 1 : 2, utilization: 0.25 }],
    keys: () => ({ [name]: { age: 5, kids: ['a', 'b'] }, never: { age: null, kids: [] } }),
    statusListAges: () => [{ issuer: 'bank', uri: name, seconds: 6 }],
  })
  await metrics.text([])
  name = 'now'
  lost = 4
  expect(await told(metrics, 'holdfast_jwks_age_seconds')).toEqual({ 'issuer=now': 5 })
  expect(await told(metrics, 'holdfast_jwks_keys')).toEqual({ 'issuer=now': 2, 'issuer=never': 0 })
  expect(await told(metrics, 'holdfast_status_list_age_seconds')).toEqual({ 'issuer=bank,uri=now': 6 })
  expect(await told(metrics, 'holdfast_thread_utilization')).toEqual({ 'thread=2': 0.25 })
  expect(await told(metrics, 'holdfast_log_lines_lost_total')).toEqual({ '': 4 })
})

it('of a thread that ended its counts stay, and what it had does not', async () => {
  const levels = { inFlight: () => 9, connections: () => 9, heap: () => 9 }
  const metrics = new Metrics(1, { codes: ['A', 'B'], drops: ['limit'] }, levels)
  metrics.denial('A')
  metrics.evidence.lost(3)
  const left = await departed([await metrics.readings()])
  const of = (name: string) =>
    left.find((each) => each.name === name)?.values.map(({ labels, value }) => [labels, value])
  expect(of('holdfast_denials_total')).toEqual([
    [{ code: 'A' }, 1],
    [{ code: 'B' }, 0],
  ])
  expect(of('holdfast_connections_dropped_total')).toEqual([[{ reason: 'limit' }, 0]])
  expect(of('holdfast_evidence_lost_total')).toEqual([[{}, 3]])
  expect([of('holdfast_in_flight'), of('holdfast_thread_heap_bytes')]).toEqual([undefined, undefined])
})
