import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { loadDocument } from '../../../src/config/load.ts'
import { unixNow } from '../../../src/runtime/clock.ts'
import { decisionOf } from '../../../src/runtime/decision.ts'
import { Fetched } from '../../../src/runtime/fetched/fetched.ts'
import { ledgerDemand, widestSkew } from '../../../src/runtime/ledger.ts'
import { Configuration, type ConfigurationPorts } from '../../../src/runtime/reload/configuration.ts'
import { type Since, sinceThen } from '../../../src/runtime/reload/proof-times.ts'
import { readSettings, type Settings } from '../../../src/runtime/settings/settings.ts'
import type { ProcessLog } from '../../../src/services/log/log.ts'
import { ControlMetrics } from '../../../src/services/metrics/control-metrics.ts'
import { ledgerShape } from '../../../src/services/replay/ledger-shape.ts'
import { ledgerMemory } from '../../../src/services/replay/shared-ledger.ts'
import { completed } from '../../support/gateway.ts'
import { published } from '../../support/keys.ts'
import { issuerKey } from '../../support/wire-tokens.ts'

const LOG = new Proxy({}, { get: () => () => {} }) as ProcessLog
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-configuration-'))
  await writeFile(join(folder, 'issuer.jwks.json'), JSON.stringify(published(issuerKey())))
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] })
})

afterEach(async () => {
  vi.useRealTimers()
  await rm(folder, { recursive: true })
})

const withNonce = (nonce: string, skew = '10s') => ({
  upstreams: { bank: { url: 'http://127.0.0.1:9' } },
  routes: ['required', nonce].map((each, at) => ({
    path: `/${at}`,
    upstream: 'bank',
    require: { issuer: 'bank', dpop: { nonce: each, clock_skew: skew } },
  })),
})

/**
 * A reload to a configuration in which threads need so many seconds to prepare, and so many milliseconds each time that they are to hold
 * what comes, by a clock that was set back by some seconds, while so many times a thread begins that has not prepared it, or so
 * many reloads at once; tells the `since` of each that they were told, and all calls.
 */
async function reloaded(
  nonce: string,
  seconds: number,
  { setBack = 0, held = [] as number[], unprepared = 0, times = 1, skew = '10s' } = {},
) {
  const file = join(folder, 'gateway.yaml')
  const load = () => loadDocument(file)
  await writeFile(file, JSON.stringify(await completed(withNonce('off'))))
  const began = unixNow() - 3600
  const settings = readSettings(load())
  const since = sinceThen(began, widestSkew(settings.document))
  const configuration = new Configuration(settings, since)
  await writeFile(file, JSON.stringify(await completed(withNonce(nonce, skew))))
  const fetched = new Fetched(LOG, new ControlMetrics(), () => {})
  const told: number[] = []
  const calls: string[] = []
  let id = ''
  const leftAtSwap: number[] = []
  const threads = {
    ask: async (name: string, next: Settings, since: Since) => {
      calls.push(name)
      if (name === 'hold') {
        vi.advanceTimersByTime(held.shift() ?? 0)
        return new Map([[1, calls.filter((each) => each === 'hold').length > unprepared ? id : 'of before']])
      }
      told.push(since.nonces)
      vi.advanceTimersByTime(seconds * 1000)
      id = decisionOf(next, fetched).id
      return new Map([[1, id]])
    },
    swap: async () => {
      calls.push('swap')
      leftAtSwap.push((told.at(-1) as number) - unixNow())
    },
    tell: (name: string) => void calls.push(name),
  } as unknown as ConfigurationPorts['threads']
  const ports: ConfigurationPorts = {
    load,
    threads,
    fetched,
    ledger: {
      latest: () => unixNow() + setBack,
      memory: ledgerMemory(ledgerShape({ ...ledgerDemand(settings.document), clockSkew: 60 }), 'a secret'),
    },
    log: LOG,
    notices: { tell: () => {} },
    metrics: new ControlMetrics(),
  }
  const asked = [configuration.reload(ports)]
  // The first has begun then.
  await Promise.resolve()
  while (asked.length < times) asked.push(configuration.reload(ports))
  const outcomes = await Promise.all(asked)
  expect(outcomes).toEqual(Array(times).fill({ snapshot: id }))
  const { nonces, proofs } = configuration.since
  expect(configuration.since).toEqual({ ...since, nonces: told.at(-1), proofs })
  return { began, told, calls, leftAtSwap, ahead: proofs - nonces }
}

it.each([0, 1, 4, 8, 30])(
  'proofs are dated anew from a time on that no thread has passed when it swaps: %i s',
  async (seconds) => {
    const { leftAtSwap } = await reloaded('required', seconds)
    expect(leftAtSwap).toEqual([expect.any(Number)])
    expect(leftAtSwap[0]).toBeGreaterThan(2)
  },
)

it('where a thread is held up all let in what waited, and are asked again with twice the time', async () => {
  const { calls } = await reloaded('off', 0, { held: [300, 600, 900] })
  const again = ['prepare', 'hold', 'discard', 'discard']
  expect(calls).toEqual([...again, ...again, 'prepare', 'hold', 'swap'])
})

it('where a thread began while others prepared it, it is asked for that as well', async () => {
  const { calls } = await reloaded('off', 0, { unprepared: 1 })
  expect(calls).toEqual(['prepare', 'hold', 'discard', 'prepare', 'hold', 'swap'])
})

it('where threads took too long to prepare nothing waits while they are asked again', async () => {
  const { calls } = await reloaded('required', 4)
  expect(calls).toEqual(['prepare', 'hold', 'discard', 'prepare', 'hold', 'swap'])
})

it('where the clock was set back, from a time on that it has not been at yet', async () => {
  const { told } = await reloaded('required', 0, { setBack: 3600 })
  expect(told).toEqual([unixNow() + 3605])
})

it('where they are dated as before, nothing is waited for and nothing forgotten', async () => {
  const { began, told, calls } = await reloaded('off', 8)
  expect(told).toEqual([began])
  expect(calls).toEqual(['prepare', 'hold', 'swap'])
})

it.each([
  ['10s', 10],
  ['2s', 10],
  ['60s', 60],
])(
  'what was made by a clock that was ahead is dated by the widest skew that there was or is: %s',
  async (skew, seconds) => {
    expect((await reloaded('required', 0, { skew })).ahead).toBe(seconds)
  },
)

it('where several are asked for at once, one after the other, and once for all who wait', async () => {
  const { calls } = await reloaded('off', 0, { times: 4 })
  expect(calls).toEqual(['prepare', 'hold', 'swap', 'prepare', 'hold', 'swap'])
})
