import { expect, it } from 'vitest'
import { ControlMetrics } from '../../../src/services/metrics/control-metrics.ts'
import { Metrics } from '../../../src/services/metrics/metrics.ts'

const aThread = () =>
  new Metrics(1, { codes: [], drops: [] }, { inFlight: () => 2, connections: () => 3, heap: () => 4 })

/** The lines that begin so, of all threads together. */
async function told(name: string, ...threads: Metrics[]): Promise<string[]> {
  const text = await new ControlMetrics().text(await Promise.all(threads.map((each) => each.readings())))
  return text.split('\n').filter((line) => line.startsWith(name))
}

it('what became of requests is told by route and verdict, of all threads together', async () => {
  const threads = [aThread(), aThread()]
  for (const { requests, unrouted } of threads) {
    const counts = requests.of('accounts')
    counts.admitted += 4
    counts.refused += 3
    counts.failed += 2
    requests.of('accounts').gone++
    unrouted.refused++
  }
  const of = (route: string, ...counts: number[]) =>
    ['admitted', 'refused', 'failed', 'gone'].map(
      (verdict, at) => `holdfast_requests_total{route="${route}",verdict="${verdict}"} ${counts[at]}`,
    )
  expect(await told('holdfast_requests_total', ...threads)).toEqual([
    ...of('none', 0, 2, 0, 0),
    ...of('accounts', 8, 6, 4, 2),
  ])
})

it('what a cache had is told as hits, and what it took in as misses', async () => {
  const thread = aThread()
  const counts = thread.caches.of('consents')
  counts.hits = 5
  counts.misses = 7
  expect(await told('holdfast_cache_hits_total{cache="consents"', thread)).toEqual([
    'holdfast_cache_hits_total{cache="consents"} 5',
  ])
  expect(await told('holdfast_cache_misses_total{cache="consents"', thread)).toEqual([
    'holdfast_cache_misses_total{cache="consents"} 7',
  ])
})

it('each thing is counted under its own labels', async () => {
  const thread = aThread()
  thread.shadowRefusal('accounts', 'policies.next', 'SCOPE_INSUFFICIENT')
  thread.revocationHit('sub')
  thread.handshakeFailed('no client certificate')
  thread.dropped('slow_read')
  expect(await told('holdfast_shadow_refusals_total', thread)).toEqual([
    'holdfast_shadow_refusals_total{route="accounts",rule="policies.next",code="SCOPE_INSUFFICIENT"} 1',
  ])
  expect(await told('holdfast_revocation_hits_total', thread)).toEqual([
    'holdfast_revocation_hits_total{by="sub"} 1',
  ])
  expect(await told('holdfast_tls_failures_total', thread)).toEqual([
    'holdfast_tls_failures_total{reason="no client certificate"} 1',
  ])
  expect(await told('holdfast_connections_dropped_total', thread)).toEqual([
    'holdfast_connections_dropped_total{reason="slow_read"} 1',
  ])
})

it('an upstream has its series before it has answered, and what it takes is in it', async () => {
  const thread = aThread()
  thread.mayAsk(['bank'])
  const counted = () => told('holdfast_upstream_seconds_count', thread)
  expect(await counted()).toEqual(['holdfast_upstream_seconds_count{upstream="bank"} 0'])
  thread.upstream('bank', 0.1)
  expect(await counted()).toEqual(['holdfast_upstream_seconds_count{upstream="bank"} 1'])
})

it('of a Redis something is told where there is one, and whether it can be asked', async () => {
  const thread = aThread()
  thread.redis.claimed(0.1)
  expect(await told('holdfast_redis', thread)).toEqual([])
  let isReady = true
  thread.redis.watch(() => isReady)
  const failing = () => told('holdfast_redis_failing', thread)
  expect(await failing()).toEqual(['holdfast_redis_failing 0'])
  isReady = false
  expect(await failing()).toEqual(['holdfast_redis_failing 1'])
  expect(await told('holdfast_redis_claim_seconds_count', thread)).toEqual([
    'holdfast_redis_claim_seconds_count 1',
  ])
})

it('a thread that was replaced is counted', async () => {
  const metrics = new ControlMetrics()
  metrics.threadDied()
  expect(await metrics.text([])).toContain('holdfast_thread_deaths_total 1\n')
})
