import { afterAll, describe, expect, it } from 'vitest'
import { credentials, token } from '../support/wire-tokens.ts'
import { startWithUpstream } from '../support/with-upstream.ts'

const ROUTES = [
  {
    path: '/accounts/{accountId}/**',
    upstream: 'bank',
    require: {
      issuer: 'bank',
      authorization_details: [
        { type: 'account', actions: 'read', match: { accountId: { path: 'accountId' } } },
      ],
    },
  },
  {
    path: '/payments',
    upstream: 'bank',
    require: {
      issuer: 'bank',
      authorization_details: [
        {
          type: 'payment',
          match: {
            '/amount/value': { body: '/sum/value', as: 'decimal' },
            '/amount/currency': { body: '/sum/currency' },
          },
        },
      ],
    },
  },
]

const { gateway, upstream, stop } = await startWithUpstream({ routes: ROUTES })
afterAll(stop)

/** RFC 9396 over TLS: what was authorized, in the token, beside what is asked for, in path and body. */
describe('authorization_details', () => {
  const ACCOUNT = { type: 'account', actions: ['read'], accountId: 'DE02 1' }
  const PAYMENT = { type: 'payment', amount: { value: '120.50', currency: 'EUR' } }
  const JSON_TYPE = ['content-type', 'application/json']

  function get(path: string, details: unknown, version: '1.1' | '2' = '2') {
    const accessToken = token({ claims: { authorization_details: details } })
    return gateway.call({ path, version, fields: credentials(path, { accessToken }) })
  }

  function pay(
    body: string | undefined,
    fields: readonly string[] = JSON_TYPE,
    version: '1.1' | '2' = '2',
    details: unknown = [PAYMENT],
  ) {
    const accessToken = token({ claims: { authorization_details: details } })
    const proved = credentials('/payments', { method: 'POST', accessToken })
    const sent = body === undefined ? {} : { body: Buffer.from(body) }
    return gateway.call({
      method: 'POST',
      path: '/payments',
      version,
      fields: [...proved, ...fields],
      ...sent,
    })
  }

  async function expectRefused(answer: Awaited<ReturnType<typeof get>>, status: number, code: string) {
    expect([answer.status, JSON.parse(answer.body).code]).toEqual([status, code])
    expect(answer.all('www-authenticate').some((each) => each.includes('error="insufficient_scope"'))).toBe(
      status === 403,
    )
    expect(upstream.news()).toEqual([])
    const id = answer.all('x-fapi-interaction-id')[0]
    return (await gateway.line((line) => line['interaction_id'] === id))['detail']
  }

  it.each(['/accounts/DE02%201/balance', '/accounts/%44E02%201', '/accounts/DE02%201/a/b'])(
    'admits %s, whose segment decodes to what was authorized',
    async (path) => {
      expect((await get(path, [ACCOUNT])).status).toBe(200)
      expect(upstream.news().map(({ target }) => target)).toEqual([path])
    },
  )

  it.each([
    ['/accounts/DE03', [ACCOUNT], 'accountId is another value'],
    ['/accounts/DE02+1', [ACCOUNT], 'accountId is another value'],
    ['/accounts/DE02%201', [{ ...ACCOUNT, actions: ['write'] }], 'actions lacks read'],
    ['/accounts/DE02%201', [{ ...ACCOUNT, accountId: 7 }], 'accountId is of another type'],
    ['/accounts/DE02%201', undefined, 'the token has none'],
    ['/accounts/DE02%201', 'account', 'no list of objects'],
  ])('AUTHORIZATION_DETAILS_INSUFFICIENT on %s for %j', async (path, details, detail) => {
    for (const version of ['1.1', '2'] as const) {
      const answer = await get(path, details, version)
      const told = await expectRefused(answer, 403, 'AUTHORIZATION_DETAILS_INSUFFICIENT')
      expect(told).toContain(`authorization_details[0]: `)
      expect(told).toContain(detail)
    }
  })

  it.each(['/accounts/DE02%25201', '/accounts/%FF'])('PATH_AMBIGUOUS on %s', async (path) => {
    await expectRefused(await get(path, [ACCOUNT]), 400, 'PATH_AMBIGUOUS')
  })

  const payment = (value: string, currency = '"EUR"') => `{"sum":{"value":${value},"currency":${currency}}}`

  it.each([payment('"120.50"'), payment('120.5'), payment('"1.205e2"')])(
    'forwards %s, octet for octet',
    async (body) => {
      for (const version of ['1.1', '2'] as const) {
        const types = ['application/json', 'application/vnd.bank+json; charset="UTF-8"']
        for (const type of types) {
          expect((await pay(body, ['content-type', type], version)).status).toBe(200)
          expect(upstream.news().map((seen) => seen.body.toString())).toEqual([body])
        }
      }
    },
  )

  it.each<readonly [string | undefined, number, string, string]>([
    [
      payment('"120.500000000000000000001"'),
      403,
      'AUTHORIZATION_DETAILS_BODY',
      '/amount/value is another value',
    ],
    [
      payment('120.500000000000000000001'),
      403,
      'AUTHORIZATION_DETAILS_BODY',
      '/amount/value is another value',
    ],
    [payment('"120.50"', '"USD"'), 403, 'AUTHORIZATION_DETAILS_BODY', '/amount/currency is another value'],
    [payment('"120,50"'), 400, 'BODY_FIELD_TYPE', '/sum/value'],
    [payment('"120.50"', '978'), 400, 'BODY_FIELD_TYPE', '/sum/currency'],
    ['{"sum":{"value":"120.50"}}', 400, 'BODY_FIELD_ABSENT', '/sum/currency'],
    ['{}', 400, 'BODY_FIELD_ABSENT', '/sum/value'],
    [undefined, 400, 'BODY_FIELD_ABSENT', 'there is no body'],
    [
      '{"sum":{"value":"120.50","value":"9","currency":"EUR"}}',
      400,
      'BODY_JSON',
      'no JSON object, or a member twice',
    ],
    ['{"sum":{"value":"120.50","Value":"9","currency":"EUR"}}', 400, 'BODY_JSON', '/sum/value'],
    ['[{}]', 400, 'BODY_JSON', 'no JSON object, or a member twice'],
    [`${payment('1')}x`, 400, 'BODY_JSON', 'no JSON object, or a member twice'],
  ])('refuses %s: %d %s', async (body, status, code, detail) => {
    for (const version of ['1.1', '2'] as const) {
      const told = await expectRefused(await pay(body, JSON_TYPE, version), status, code)
      expect(told).toContain('authorization_details[0]: ')
      expect(told).toContain(detail)
    }
  })

  it.each([
    [[]],
    [['content-type', 'text/plain']],
    [['content-type', 'application/jsonp']],
    [['content-type', 'application/x-www-form-urlencoded']],
    [['content-type', 'application/json; charset=utf-16']],
    [[...JSON_TYPE, 'content-encoding', 'gzip']],
    [[...JSON_TYPE, 'content-encoding', 'identity, gzip']],
  ])('BODY_MEDIA_TYPE for %j', async (fields) => {
    for (const version of ['1.1', '2'] as const)
      await expectRefused(await pay(payment('"120.50"'), fields, version), 415, 'BODY_MEDIA_TYPE')
  })

  it('BODY_MEDIA_TYPE where a second field names the coding', async () => {
    const twice = [...JSON_TYPE, 'content-encoding', 'identity', 'content-encoding', 'gzip']
    await expectRefused(await pay(payment('"120.50"'), twice, '1.1'), 415, 'BODY_MEDIA_TYPE')
  })

  it('refuses by the head what no body could mend', async () => {
    const answer = await pay(payment('"120.50"'), JSON_TYPE, '2', [ACCOUNT])
    expect(await expectRefused(answer, 403, 'AUTHORIZATION_DETAILS_INSUFFICIENT')).toBe(
      'authorization_details[0]: none is of type payment',
    )
  })
})
