import { describe, expect, it } from 'vitest'
import type { Verdict } from '../../src/decision/verdict.ts'
import type { Denial } from '../../src/domain/denial.ts'
import { Need } from '../../src/domain/need.ts'
import type { KeySource } from '../../src/domain/ports.ts'
import type { Exchange } from '../../src/gateway/exchange.ts'
import { supplied, suppliedInPlace } from '../../src/gateway/supply.ts'
import { CommonPlaces } from '../../src/services/common-places.ts'
import type { VerificationKey } from '../../src/verify/jose/jwk-set.ts'
import { heldKeys } from '../../src/verify/jose/key-set.ts'
import { verificationKeys } from '../support/keys.ts'
import { openTls } from '../support/wire-client.ts'
import { openInProcess } from '../support/wire-in-process.ts'
import { credentials, HOST, issuerKey } from '../support/wire-tokens.ts'
import { startUpstream } from '../support/wire-upstream.ts'

const OTHERWISE = { code: 'TOKEN_KEYS_UNAVAILABLE' } as Denial
const ADMITTED = {} as Verdict

/** What is lacking, and whether it is got. */
function need(subject: string, got: () => Promise<boolean> = async () => true, kind: Need['kind'] = 'keys') {
  return new Need(kind, subject, OTHERWISE, got)
}

describe('what a decision lacks', () => {
  it('is fetched, and the decision made again', async () => {
    expect(await supplied(need('a'), () => ADMITTED)).toBe(ADMITTED)
    expect(
      await supplied(
        need('a', async () => false),
        () => ADMITTED,
      ),
    ).toBe(OTHERWISE)
  })

  it('is fetched once each, and five of it at most: all that one request can lack', async () => {
    const lacking = (...needs: Need[]) => supplied(needs.shift() as Need, () => needs.shift() ?? ADMITTED)
    const a = need('a')
    const one = [need('token', undefined, 'decryption'), need('keys of its issuer')]
    const whole = [...one, need('list', undefined, 'status'), need('keys of its client')]
    expect(await lacking(...whole, need('it', undefined, 'consent'))).toBe(ADMITTED)
    expect(await lacking(...whole, need('it', undefined, 'consent'), a)).toBe(OTHERWISE)
    expect(await lacking(a, a)).toBe(OTHERWISE)
    expect(await lacking(a, need('a', undefined, 'status'))).toBe(ADMITTED)
  })

  it('is waited for in a place that is given back, whatever comes of it', async () => {
    const places = new CommonPlaces(8)
    const connection = { remoteAddress: '192.0.2.1' }
    const exchange = { downstream: { raw: { peer: null }, connection }, detail: null } as unknown as Exchange
    const wait = (got: () => Promise<boolean>) =>
      suppliedInPlace(exchange, need('a', got), () => ADMITTED, places)
    const silent = Promise.withResolvers<boolean>()
    const [first, second] = [wait(() => silent.promise), wait(() => silent.promise)]
    expect([places.taken, await wait(async () => true), exchange.detail]).toEqual([
      2,
      OTHERWISE,
      '2 requests wait for what they lack, 2 of 192.0.2.1',
    ])
    silent.resolve(true)
    expect([await first, await second, places.taken]).toEqual([ADMITTED, ADMITTED, 0])
    expect([await wait(async () => false), places.taken]).toEqual([OTHERWISE, 0])
    await expect(wait(() => Promise.reject(new Error('a bug')))).rejects.toThrow('a bug')
    expect(places.taken).toBe(0)
  })
})

it('a client that goes away while keys are fetched has spent no proof, and nothing is asked of the upstream', async () => {
  const coming = Promise.withResolvers<boolean>()
  let isHere = false
  let spent = 0
  const known = heldKeys(verificationKeys(issuerKey()))
  const keys: KeySource<VerificationKey> = {
    candidates: (kid) => (isHere ? known.candidates(kid) : []),
    holds: (key) => known.holds(key),
    standing: () => 'ask',
    ask: () => coming.promise,
  }
  const spend = () => {
    spent++
    return 'first' as const
  }
  const upstream = await startUpstream()
  const gateway = await openInProcess(
    {
      upstreams: { bank: { url: `http://127.0.0.1:${upstream.port}` } },
      routes: [{ path: '/accounts', upstream: 'bank', require: { issuer: 'bank' } }],
    },
    { keys, ledger: { spend } },
  )
  const client = await openTls(gateway.port)
  const fields = credentials()
    .map((text, at) => text + (at % 2 === 0 ? ': ' : '\r\n'))
    .join('')
  client.write(`GET /accounts HTTP/1.1\r\nHost: ${HOST}\r\n${fields}\r\n`)
  await expect.poll(() => gateway.inFlight()).toBe(1)
  client.destroy()
  await expect.poll(() => gateway.connections()).toBe(0)
  isHere = true
  coming.resolve(true)
  await expect.poll(() => gateway.records.map(({ gone, refused }) => [gone, refused])).toEqual([[true, null]])
  expect([spent, upstream.seen]).toEqual([0, []])
  await gateway.stop()
  await upstream.close()
})
