import { describe, expect, it } from 'vitest'
import type { TestIssuer } from '../support/wire-issuer.ts'
import { token } from '../support/wire-tokens.ts'
import { anIssuer, entryOf, FIRST, SECOND, startFor } from './keys-world.ts'

describe("an issuer's keys", () => {
  it('are found by discovery, and a flood of made-up names fetches them a handful of times', async () => {
    const issuer = await anIssuer(FIRST)
    const { gateway, send } = await startFor({ bank: entryOf(issuer) })
    expect((await send(issuer)).status).toBe(200)
    const before = fetches(issuer)
    const began = performance.now()
    const codes = new Set<string>()
    for (let round = 0; round < 20; round++) {
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, at) => send(issuer, FIRST, { kid: `made-up-${round}-${at}` })),
      )
      for (const { status, code } of answers) codes.add(`${status} ${code}`)
    }
    expect([...codes]).toEqual(['401 TOKEN_KEY_UNKNOWN'])
    // Six at once, and one more every ten seconds.
    expect(fetches(issuer) - before).toBeLessThanOrEqual(7 + (performance.now() - began) / 10_000)
    expect((await send(issuer)).status).toBe(200)
    const metrics = await gateway.metrics()
    expect(metrics).toMatch(/holdfast_jwks_fetches_total\{issuer="bank",outcome="ok"\} [1-9]/)
    expect(metrics).toContain('holdfast_jwks_fetches_total{issuer="bank",outcome="failed"} 0\n')
  })

  it('change: a new one counts at its first token, a withdrawn one no more', async () => {
    const issuer = await anIssuer(FIRST)
    const { use, send } = await startFor({ bank: entryOf(issuer) })
    const kept = token({ key: FIRST, claims: { iss: issuer.issuer } })
    expect((await use(kept)).status).toBe(200)
    issuer.keys = [SECOND]
    expect((await send(issuer, SECOND)).status).toBe(200)
    expect([(await use(kept)).code, (await send(issuer)).code]).toEqual([
      'TOKEN_KEY_UNKNOWN',
      'TOKEN_KEY_UNKNOWN',
    ])
  })

  it('are fetched at once where an operator says so, and every thread has them then', async () => {
    const issuer = await anIssuer(FIRST, SECOND)
    const { gateway, send, use, refresh } = await startFor({ bank: entryOf(issuer) }, { threads: 2 })
    const kept = token({ key: FIRST, claims: { iss: issuer.issuer } })
    const codes = async () =>
      new Set((await Promise.all(Array.from({ length: 12 }, () => use(kept)))).map(({ code }) => code))
    expect(await codes()).toEqual(new Set([undefined]))
    issuer.keys = [SECOND]
    const refreshed = await refresh('bank')
    expect([refreshed.status, await refreshed.json()]).toEqual([
      200,
      expect.objectContaining({ kids: [SECOND.kid], problem: null }),
    ])
    expect(await codes()).toEqual(new Set(['TOKEN_KEY_UNKNOWN']))
    expect(await gateway.line(({ msg }) => msg === 'keys refreshed')).toMatchObject({ issuer: 'bank' })
    await issuer.down()
    const failed = await refresh('bank')
    expect([failed.status, await failed.json()]).toEqual([
      502,
      expect.objectContaining({ kids: [SECOND.kid], problem: expect.any(String) }),
    ])
    expect((await send(issuer, SECOND)).status).toBe(200)
    expect((await refresh('other')).status).toBe(404)
    expect((await fetch(`http://127.0.0.1:${gateway.admin}/keys/bank/refresh`)).status).toBe(405)
  })

  it('that are denied verify nothing, whether by name or by thumbprint, and while they are published', async () => {
    const issuers = [await anIssuer(FIRST, SECOND), await anIssuer(FIRST, SECOND)] as const
    const [byName, byThumbprint] = issuers
    const { send } = await startFor(
      {
        bank: { ...entryOf(byName), denied_keys: [FIRST.kid] },
        other: { ...entryOf(byThumbprint), denied_keys: [FIRST.jkt] },
      },
      { routes: [{ path: '/accounts/**', upstream: 'bank', require: { issuer: ['bank', 'other'] } }] },
    )
    for (const issuer of issuers) {
      expect((await send(issuer, FIRST)).code).toBe('TOKEN_KEY_UNKNOWN')
      expect((await send(issuer, SECOND)).status).toBe(200)
    }
  })

  it('of one name are told of once', async () => {
    const issuer = await anIssuer(FIRST, { ...SECOND, kid: FIRST.kid })
    const { gateway, refresh } = await startFor({ bank: entryOf(issuer) })
    await refresh('bank')
    await refresh('bank')
    await gateway.line(({ msg }) => msg === 'keys refreshed')
    const told = gateway.lines().filter(({ msg }) => msg === 'key set names several keys alike')
    expect(told).toEqual([expect.objectContaining({ issuer: 'bank', kids: FIRST.kid })])
  })
})

function fetches({ asked }: TestIssuer): number {
  return asked.filter((path) => path === '/keys').length
}
