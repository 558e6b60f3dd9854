import { afterEach, describe, expect, it, vi } from 'vitest'
import { ledgerDemand, startLedger, widestSkew } from '../../src/runtime/ledger.ts'
import type { Settings } from '../../src/runtime/settings/settings.ts'
import type { Log } from '../../src/services/log/log.ts'
import { SharedLedger } from '../../src/services/replay/shared-ledger.ts'
import { changed, documentOf, SAMPLE } from '../config/sample.ts'

const QUIET = { info: () => {}, error: () => {} } as unknown as Log

const SIGNING =
  'signing: { key: gateway.pem, key_id: gateway, algorithm: ES256 }\nclients: [{ client_id: tpp-1, jwks_uri: https://tpp.example/jwks }]\n'

/** What a configuration with this beside the scope of its one route asks of the ledger. */
const demandOf = (more: string, policies = '') =>
  ledgerDemand(
    documentOf(SIGNING + changed('      scope: accounts\n', `      scope: accounts\n${more}${policies}`)),
  )

describe('the ledger is made for the longest life of a proof', () => {
  it('that is enforced on any route, and a minute at least', () => {
    expect(demandOf('')).toMatchObject({ maxAge: 60, clockSkew: 10 })
    expect(demandOf('      dpop: { max_age: 90s, clock_skew: 20s }\n')).toMatchObject({
      maxAge: 90,
      clockSkew: 20,
    })
    expect(demandOf('      dpop: { nonce: optional, nonce_age: 4m }\n')).toMatchObject({ maxAge: 240 })
    expect(demandOf('      dpop: { nonce: optional, nonce_age: 2m, max_age: 5m }\n')).toMatchObject({
      maxAge: 300,
    })
  })

  it('or that only watches, by a rule or by a policy', () => {
    expect(demandOf('      shadow: { dpop: { max_age: 5m } }\n')).toMatchObject({ maxAge: 300 })
    const policies = 'policies:\n  next: { enforce: shadow, dpop: { nonce: required, nonce_age: 7m } }\n'
    expect(demandOf('      policy: next\n', policies)).toMatchObject({ maxAge: 420 })
  })

  it('or of a signature, by the profile by which it is verified', () => {
    const profiles = (request: string) => `signature_profiles: { ours: { request: ${request} } }\n`
    const slow = profiles('{ max_age: 5m, clock_skew: 30s }')
    expect(demandOf('      signature: ours\n', slow)).toMatchObject({ maxAge: 300, clockSkew: 30 })
    const watched = demandOf('      shadow: { signature: ours }\n', slow)
    expect(watched).toMatchObject({ maxAge: 300, clockSkew: 30 })
    expect(demandOf('      signature: ours\n', profiles('off'))).toMatchObject({ maxAge: 60, clockSkew: 10 })
  })

  it('to the end of the last second of it', () => {
    const window = '{ max_age: 90001ms, clock_skew: 20001ms }'
    const expected = { maxAge: 91, clockSkew: 21 }
    expect(demandOf(`      dpop: ${window}\n`)).toMatchObject(expected)
    const profile = `signature_profiles: { ours: { request: ${window} } }\n`
    expect(demandOf('      signature: ours\n', profile)).toMatchObject(expected)
  })
})

describe('the furthest that anything may lie ahead', () => {
  it.each([
    ['proofs', '      dpop: { clock_skew: 25s }\n', 25],
    ['proofs that only watch', '      shadow: { dpop: { clock_skew: 26s } }\n', 26],
    ['signatures by the built-in profile', '      dpop: { clock_skew: 0s }\n      signature: fapi2\n', 10],
    ['nothing', '      dpop: { clock_skew: 0s }\n', 0],
  ])('is that of %s', (_, more, furthest) => {
    const text = SIGNING + changed('      scope: accounts\n', `      scope: accounts\n${more}`)
    expect(widestSkew(documentOf(text))).toBe(furthest)
  })

  it('where nothing is judged, none', () => {
    expect(widestSkew(documentOf(SAMPLE.replace(/require:.*$/s, 'danger_public: true\n')))).toBe(0)
  })
})

describe('the ledger in memory', () => {
  it('knows nothing of the second in which it starts, for the process before it may have spent proofs then', () => {
    const before = Date.now() / 1000
    const ledger = startLedger({ document: documentOf(SAMPLE) } as Settings, QUIET)
    expect(ledger.since).toBeGreaterThan(before)
    ledger.stop()
  })

  it('judges proofs from its start on, and for as long as it runs', () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance', 'setInterval'] })
    const running = startLedger({ document: documentOf(SAMPLE) } as Settings, QUIET)
    const ledger = new SharedLedger(running.memory)
    for (let minute = 0; minute < 10; minute++) {
      const once = { jkt: 'a-client', jti: `proof ${minute}`, madeAt: Math.floor(Date.now() / 1000) }
      expect([ledger.spend({ ...once }), ledger.spend(once)]).toEqual(['first', 'replayed'])
      vi.advanceTimersByTime(60_000)
    }
    running.stop()
  })

  it('knows the latest that its clock has been, at once and once it was set back', () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance', 'setInterval'] })
    const ledger = startLedger({ document: documentOf(SAMPLE) } as Settings, QUIET)
    const start = ledger.latest()
    vi.setSystemTime(Date.now() + 7_200_000)
    expect(ledger.latest()).toBe(start + 7_200)
    vi.advanceTimersByTime(1_000)
    vi.setSystemTime(Date.now() - 7_200_000)
    expect(ledger.latest()).toBe(start + 7_201)
    ledger.stop()
  })

  it('says that its clock was set, and for how long proofs may be refused where it was ahead', () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance', 'setInterval'] })
    const told: object[] = []
    const log = { info: () => {}, error: (_: string, fields: object) => told.push(fields) }
    const ledger = startLedger({ document: documentOf(SAMPLE) } as Settings, log as unknown as Log)
    for (const step of [1, 7_200, -7_199, -60]) {
      vi.setSystemTime(Date.now() + step * 1000)
      vi.advanceTimersByTime(5_000)
    }
    expect(told).toEqual([
      { by_seconds: 7_200, behind_seconds: 0 },
      { by_seconds: 7_199, behind_seconds: 7_198 },
      { by_seconds: 60, behind_seconds: 7_253 },
    ])
    ledger.stop()
  })
})

afterEach(() => {
  vi.useRealTimers()
})
