import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { D as R } from '../../src/decision/denials.ts'
import { D as T } from '../../src/verify/access-token/denials.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { freePort } from '../support/wire-upstream.ts'

const DOCUMENTATION = 'https://docs.bank.example/errors#'

describe('answers in the form that the configuration asks for', () => {
  let gateway: TestGateway

  beforeAll(async () => {
    const require = { issuer: 'bank', scope: 'accounts' }
    gateway = await startGateway({
      errors: { format: 'oauth', documentation: DOCUMENTATION },
      upstreams: { bank: { url: `http://127.0.0.1:${await freePort()}` } },
      routes: [
        { path: '/accounts', upstream: 'bank', require },
        { path: '/problems', upstream: 'bank', require, errors: { format: 'problem' } },
        { path: '/public', upstream: 'bank', danger_public: true },
      ],
    })
  })
  afterAll(() => gateway.stop())

  const expired = ['authorization', 'DPoP a.b.c']

  it.each(['1.1', '2'] as const)(
    'oauth: the error of the challenge, in JSON, over HTTP/%s',
    async (version) => {
      const answer = await gateway.call({ path: '/accounts', fields: expired, version })
      expect([answer.status, ...answer.all('content-type')]).toEqual([401, 'application/json'])
      expect(JSON.parse(answer.body)).toEqual({
        error: 'invalid_token',
        error_description: T.TOKEN_NOT_JWT.says,
        error_uri: 'https://docs.bank.example/errors#token-not-jwt',
      })
      expect(answer.all('www-authenticate')[0]).toContain('error="invalid_token"')
      expect(answer.all('x-fapi-interaction-id')).toHaveLength(1)
    },
  )

  it('oauth: no error where no credentials came', async () => {
    const { status, body } = await gateway.call({ path: '/accounts' })
    expect([status, Object.keys(JSON.parse(body))]).toEqual([401, ['error_description', 'error_uri']])
  })

  it('a route can have the other form, with a link to the documentation', async () => {
    const answer = await gateway.call({ path: '/problems', fields: expired })
    expect(answer.all('content-type')).toEqual(['application/problem+json'])
    expect(JSON.parse(answer.body)).toMatchObject({
      type: 'https://docs.bank.example/errors#token-not-jwt',
      interaction_id: answer.all('x-fapi-interaction-id')[0],
    })
  })

  it('it holds for what never became a request, for unknown paths and for upstreams that fail', async () => {
    const { text } = await gateway.raw('GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n')
    const parts = text.split('\r\n\r\n')
    expect(parts[0]).toContain('content-type: application/json')
    expect(JSON.parse(parts[1]!)).toEqual({
      error: 'invalid_request',
      error_description: R.FRAMING_BROKEN.says,
      error_uri: 'https://docs.bank.example/errors#framing-broken',
    })
    const errorOf = async (path: string) => JSON.parse((await gateway.call({ path })).body).error
    expect([await errorOf('/nothing'), await errorOf('/public')]).toEqual(['invalid_request', 'server_error'])
  })
})
