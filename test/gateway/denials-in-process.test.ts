import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { makeAuthority } from '../../certs/issue.ts'
import { LedgerKeeper, ledgerMemory, SharedLedger } from '../../src/services/replay/shared-ledger.ts'
import { ROUTES } from '../support/gateway.ts'
import { type Call, call, callOn, openHttp2 } from '../support/wire-client.ts'
import { type Faults, type InProcess, openInProcess } from '../support/wire-in-process.ts'
import { shortLived, written } from '../support/wire-pki.ts'
import { bearerOf, credentials, nowSeconds, proof, token } from '../support/wire-tokens.ts'
import { type RecordingUpstream, startUpstream } from '../support/wire-upstream.ts'
import { challenged, plainly } from './denial-case.ts'
import { expectDenial } from './expected-denial.ts'

const NONE = () => ({})
const FAULT = plainly('INTERNAL_FAULT', 500, 'RFC 9110 §15.6.1', NONE)

describe('what no client can bring about', () => {
  let upstream: RecordingUpstream
  let listener: InProcess

  beforeAll(async () => {
    upstream = await startUpstream()
  })

  afterEach(async () => {
    await listener.stop()
    expect(upstream.news()).toEqual([])
  })

  afterAll(() => upstream.close())

  async function open(faults: Faults, changes: object = {}): Promise<void> {
    const upstreams = { bank: { url: `http://127.0.0.1:${upstream.port}` } }
    listener = await openInProcess({ upstreams, routes: ROUTES, ...changes }, faults)
  }

  const send = (wire: Partial<Call> = {}) =>
    call({ port: listener.port, path: '/accounts', fields: credentials(), ...wire })

  it('LEDGER_FULL', async () => {
    const memory = ledgerMemory({ span: 75, words: 2, bytes: 48 }, 'secret')
    new LedgerKeeper(memory).turn(nowSeconds())
    await open({ ledger: new SharedLedger(memory) })
    const accessToken = token()
    const now = nowSeconds()
    const another = () => {
      const fresh = proof(accessToken, { claims: { iat: now } })
      return send({ fields: ['authorization', `DPoP ${accessToken}`, 'dpop', fresh] })
    }
    expect([(await another()).status, (await another()).status]).toEqual([200, 200])
    upstream.news()
    expectDenial(await another(), plainly('LEDGER_FULL', 503, 'RFC 9449 §11.1', NONE))
  })

  it('LEDGER_UNREADY', async () => {
    const memory = ledgerMemory({ span: 75, words: 64, bytes: 1536 }, 'secret')
    await open({ ledger: new SharedLedger(memory) })
    expectDenial(await send(), plainly('LEDGER_UNREADY', 503, 'RFC 9449 §11.1', NONE))
  })

  it('OVERLOADED', async () => {
    await open({ overload: { delay: 60_000, inFlight: 0 } })
    expectDenial(await send(), plainly('OVERLOADED', 503, 'RFC 9110 §15.6.4', NONE))
  })

  it('MTLS_EXPIRED when the certificate ends while the connection stays', async () => {
    const authority = await makeAuthority('CN=short-lived clients', 1)
    const certificate = await shortLived(authority, 120)
    const tls = { client_certificate: 'optional', client_ca: await written(authority.certificate) }
    let passed = 0
    await open(
      { now: () => nowSeconds() + passed },
      { listeners: [{ resource_metadata: { publish: false }, tls }] },
    )
    const session = await openHttp2(listener.port, certificate)
    const fields = bearerOf(certificate)
    expect((await callOn(session, { path: '/accounts', fields })).status).toBe(200)
    passed = 121
    upstream.news()
    const interactionId = randomUUID()
    const more = ['x-fapi-interaction-id', interactionId]
    const later = await callOn(session, { path: '/accounts', fields: [...fields, ...more] })
    session.close()
    const expired = [401, 'invalid_token', 'Bearer'] as const
    expectDenial(later, challenged('MTLS_EXPIRED', expired, 'RFC 8705 §3', NONE), interactionId)
  })

  it('INTERNAL_FAULT, which tells the operator alone', async () => {
    const ledger = {
      spend: () => {
        throw new Error('a bug with a secret in it')
      },
    }
    await open({ ledger })
    for (const version of ['1.1', '2'] as const) {
      const answer = await send({ version })
      expectDenial(answer, FAULT)
      expect(answer.body).not.toContain('secret')
    }
    expect(listener.records.map(({ detail }) => detail)).toEqual([
      expect.stringContaining('a bug with a secret in it'),
      expect.stringContaining('a bug with a secret in it'),
    ])
  })

  it('INTERNAL_FAULT also after keys were fetched', async () => {
    let fetched = false
    const keys = {
      candidates: () => {
        if (fetched) throw new Error('a bug on the cold path')
        return []
      },
      holds: () => false,
      standing: () => 'ask' as const,
      ask: async () => {
        fetched = true
        return true
      },
    }
    await open({ keys })
    expectDenial(await send(), FAULT)
    expect(listener.records).toHaveLength(1)
  })
})
