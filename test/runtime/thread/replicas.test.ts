import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { ControlCalls } from '../../../src/runtime/calls.ts'
import type { Channel } from '../../../src/runtime/channel.ts'
import { sources } from '../../../src/runtime/fetched/sources.ts'
import type { Settings } from '../../../src/runtime/settings/settings.ts'
import { Replicas } from '../../../src/runtime/thread/replicas.ts'
import { CacheCounts } from '../../../src/services/metrics/cache-counts.ts'
import { changed, documentOf, SAMPLE } from '../../config/sample.ts'
import { aKey, published } from '../../support/keys.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Else keys that were withdrawn meanwhile would serve at its return, until they are fetched anew; and its lists would stay in memory. */
it('what is published while its source is to be retired keeps that no longer', () => {
  const replicas = new Replicas({ tell: () => {} } as unknown as Channel<ControlCalls>, new CacheCounts())
  const [bank, other] = [SAMPLE, changed('as.bank', 'as.other')].map(settingsOf) as [Settings, Settings]
  const [keys, lists] = [sources.keys(bank, 'bank'), sources.statusLists(bank, 'bank')]
  const publish = () => {
    replicas.publishKeys(keys, { jwks: published(KEY), servesFor: HOUR })
    replicas.publishStatusList(lists, { uri: URI, list: LIST, servesFor: HOUR })
  }
  const has = () => [
    replicas.keys(bank, 'bank').candidates(KEY.kid).length,
    replicas.statusLists(bank, 'bank').held(URI, 0),
  ]
  publish()
  replicas.keep(bank)
  expect(has()).toEqual([1, LIST])
  replicas.keep(other)
  vi.advanceTimersByTime(30_000)
  publish()
  expect(has()).toEqual([1, LIST])
  replicas.keep(other)
  vi.advanceTimersByTime(30_000)
  publish()
  vi.advanceTimersByTime(31_000)
  expect(has()).toEqual([0, 'ask'])
})

function settingsOf(text: string): Settings {
  return {
    document: documentOf(text),
    ...{ issuerCa: new Map(), fixedKeys: new Map(), askingKeys: new Map(), consentMaterials: new Map() },
    clientKeys: { fixed: new Map(), ca: new Map(), directoryCa: null },
  } as unknown as Settings
}

const KEY = aKey('ES256', 'issuer')
const URI = 'https://as.bank.example/lists/1'
const LIST = { bits: 1, octets: new Uint8Array(1), issuedAt: 0, expiresAt: null, ttl: null } as const
/** Milliseconds. */
const HOUR = 3_600_000
