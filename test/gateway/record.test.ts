import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROUTES, startGateway, type TestGateway } from '../support/gateway.ts'
import { credentials, HOST, token } from '../support/wire-tokens.ts'
import { type RecordingUpstream, startUpstream } from '../support/wire-upstream.ts'

/** What an operator needs to help a client, and the client is not told. */
describe('the record of a refusal', () => {
  let upstream: RecordingUpstream
  let gateway: TestGateway

  beforeAll(async () => {
    upstream = await startUpstream()
    gateway = await startGateway({
      upstreams: { bank: { url: `http://127.0.0.1:${upstream.port}` } },
      routes: ROUTES,
    })
  })

  afterAll(async () => {
    await gateway.stop()
    await upstream.close()
  })

  const recorded = (code: string) => gateway.line((line) => line['code'] === code)

  it('says which host and path were named, also where there was no request to judge', async () => {
    await gateway.call({ path: '/accounts?secret=1', fields: ['host', 'other.example:8443'] })
    expect(await recorded('HOST_FOREIGN')).toMatchObject({ host: 'other.example:8443', path: '/accounts' })
    await gateway.call({ path: '/accounts/%2e%2e/x?secret=1' })
    expect(await recorded('PATH_AMBIGUOUS')).toMatchObject({ host: HOST, path: '/accounts/%2e%2e/x' })
  })

  it.each([
    ['TOKEN_AUDIENCE', { aud: 'https://other.example' }, '"https://other.example"'],
    ['TOKEN_ISSUER', { iss: 'https://evil.example' }, 'iss "https://evil.example"'],
    ['TOKEN_CLAIMS', { client_id: undefined }, 'client_id absent'],
  ])('says what was wrong with a token: %s', async (code, claims, detail) => {
    const answer = await gateway.call({
      path: '/accounts',
      fields: credentials('/accounts', { accessToken: token({ claims }) }),
    })
    expect([answer.code, answer.body.includes('evil')]).toEqual([code, false])
    expect((await recorded(code))['detail']).toContain(detail)
  })
})
