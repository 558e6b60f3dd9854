import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Route } from '../../../src/decision/route.ts'
import type { Settings } from '../../../src/runtime/settings/settings.ts'
import { type GenerationPorts, Generations } from '../../../src/runtime/thread/generation.ts'
import { CacheCounts } from '../../../src/services/metrics/cache-counts.ts'
import { RequestCounts } from '../../../src/services/metrics/request-counts.ts'
import { changed, documentOf, SAMPLE } from '../../config/sample.ts'
import { NOW } from '../../support/clock.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

it('what is known of tokens and keys lives on where there is as much room, and goes with a room that nobody wants', () => {
  const generations = new Generations(ports)
  const served = (tokens: number, keys: number) => {
    const generation = generations.make(settingsOf(tokens, keys), SINCE)
    generations.keep(generation)
    vi.advanceTimersByTime(61_000)
    const route = generation.snapshot.router.match(ACCOUNT) as Route
    return [generation.snapshot.tokens, route.demands?.dpop.keys]
  }
  const first = served(100, 100)
  const isKept = (tokens: number, keys: number) => served(tokens, keys).map((each, at) => each === first[at])
  expect(isKept(100, 100)).toEqual([true, true])
  expect(isKept(200, 100)).toEqual([false, true])
  expect(isKept(100, 200)).toEqual([false, false])
  expect(isKept(100, 100)).toEqual([false, false])
})

it('requests that wait since before a reload keep their places from those that come after it', () => {
  const generations = new Generations(ports)
  const settings = settingsOf(100, 100)
  const [before, after] = [1, 2].map(() => {
    const generation = generations.make(settings, SINCE)
    generations.keep(generation)
    vi.advanceTimersByTime(61_000)
    return generation.services
  })
  expect(after?.awaitedBodies).toBe(before?.awaitedBodies)
  expect(after?.awaitedNeeds).toBe(before?.awaitedNeeds)
  expect(after?.awaitedNeeds).not.toBe(after?.awaitedBodies)
  expect(after?.watchedNeeds).toBe(before?.watchedNeeds)
  expect(after?.watchedNeeds).not.toBe(after?.awaitedNeeds)
})

it.each(['0s', '10s', '60s'])(
  'a reload does not change which proofs are judged by their nonces alone: clock_skew %s',
  (skew) => {
    const dpop = `      dpop: { clock_skew: ${skew} }\n`
    const document = documentOf(changed('      scope: accounts\n', `      scope: accounts\n${dpop}`))
    const since = { nonces: NOW, proofs: NOW + 30, signatures: NOW + 40 }
    const { snapshot } = new Generations(ports).make({ ...settingsOf(100, 100), document }, since)
    const { demands } = snapshot.router.match(ACCOUNT) as Route
    expect(demands?.dpop).toMatchObject({ unknownBefore: NOW + 30, nonce: { since: NOW } })
  },
)

it('where replicas spend together a nonce tells the age of a proof also where none is asked for', () => {
  const dates = (commonLedger: object | null) => {
    const generations = new Generations({ ...ports, commonLedger } as GenerationPorts)
    const { demands } = generations.make(settingsOf(100, 100), SINCE).snapshot.router.match(ACCOUNT) as Route
    return demands?.dpop.nonce
  }
  expect(dates(null)).toMatchObject({ mode: 'off', age: 60, datesBefore: NOW })
  expect(dates({})).toMatchObject({ mode: 'off', age: 60, datesBefore: Number.POSITIVE_INFINITY })
})

/** A configuration with room for so many tokens and keys. */
function settingsOf(tokens: number, keys: number): Settings {
  return {
    document: documentOf(`caches: { tokens: ${tokens}, dpop_keys: ${keys} }\n${SAMPLE}`),
    listeners: [],
    upstreams: new Map(),
    decryptionKeys: new Map(),
    signingKeys: [],
    revocations: { entries: [] },
  } as unknown as Settings
}

const SINCE = { nonces: NOW, proofs: NOW, signatures: NOW }
const ACCOUNT = { method: 'GET', authority: 'api.bank.example', normalPath: '/accounts/1' }
const nothing = () => ({})
const ports = {
  start: {
    bodies: new SharedArrayBuffer(64),
    startedSince: SINCE,
    nonceSecret: 'a secret of this start alone, for nonces',
    thread: 1,
    threads: 1,
  },
  replicas: {
    keys: nothing,
    introspection: nothing,
    statusLists: nothing,
    clientKeys: nothing,
    keep: nothing,
  },
  refusals: { limit: 0 },
  metrics: { requests: new RequestCounts(), caches: new CacheCounts(), mayAsk: nothing },
  commonLedger: null,
} as unknown as GenerationPorts
