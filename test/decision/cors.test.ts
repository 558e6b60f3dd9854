import { describe, expect, it } from 'vitest'
import { answerPreflight, type CorsRules, corsFields } from '../../src/decision/cors.ts'
import { Router } from '../../src/decision/router.ts'
import { isDenial } from '../../src/domain/denial.ts'
import { aRequest } from '../support/request.ts'
import { aRoute } from '../support/route.ts'

const APP = 'https://app.example'
const RULES: CorsRules = {
  origins: new Set([APP]),
  allowedFields: 'Authorization, DPoP',
  exposedFields: 'DPoP-Nonce',
  maxAge: 600,
}
const pattern = { path: '/accounts', hosts: null, methods: ['GET'] }

function preflight(fields: readonly string[], cors: CorsRules | null = RULES, method = 'OPTIONS') {
  const router = new Router([[pattern, aRoute({ cors })]])
  const answer = answerPreflight(aRequest({ method, fields }), router)
  return isDenial(answer) ? answer.code : answer === null ? null : answer.fields
}

const asks = (origin = APP, method = 'GET') => ['origin', origin, 'access-control-request-method', method]

describe('a preflight', () => {
  it('of an origin that may is told what it may send, and for how long', () => {
    expect(preflight(asks())).toEqual([
      'vary',
      'Origin',
      'access-control-allow-origin',
      APP,
      'access-control-expose-headers',
      'DPoP-Nonce',
      'access-control-allow-methods',
      'GET',
      'access-control-allow-headers',
      'Authorization, DPoP',
      'access-control-max-age',
      '600',
    ])
  })

  it('is of the route that the request to come would take', () => {
    const [other, route] = [aRoute({ cors: RULES }), aRoute({ cors: RULES })]
    const router = new Router([
      [{ ...pattern, methods: ['OPTIONS'] }, other],
      [pattern, route],
    ])
    const answer = answerPreflight(aRequest({ method: 'OPTIONS', fields: asks() }), router)
    expect(answer).toMatchObject({ route: expect.toSatisfy((each) => each === route) })
  })

  it.each([
    'https://app.example.evil',
    'https://app.example:8443',
    'http://app.example',
    'HTTPS://APP.EXAMPLE',
    'null',
    '*',
    '',
    `${APP}, ${APP}`,
  ])('of the origin %j is refused', (origin) => {
    expect(preflight(asks(origin))).toBe('CORS_ORIGIN')
  })

  it.each([
    ['a method that the route does not take', asks(APP, 'DELETE')],
    ['no origin', ['access-control-request-method', 'GET']],
    ['no method', ['origin', APP]],
  ])('with %s is a request like any other', (_, fields) => {
    expect(preflight(fields)).toBeNull()
  })

  it('to a route without rules, or by another method than OPTIONS, is a request like any other', () => {
    expect(preflight(asks(), null)).toBeNull()
    expect(preflight(asks(), RULES, 'GET')).toBeNull()
  })
})

describe('an answer', () => {
  const said = (fields: readonly string[], cors: CorsRules | null = RULES) =>
    corsFields(aRequest({ fields }), aRoute({ cors }))

  it('may be read by scripts of an origin that is named, and never with credentials of the browser', () => {
    expect(said(['origin', APP])).toContain(APP)
    expect(said(['Origin', APP]).join()).not.toContain('credentials')
  })

  it('says nothing to others but that it varies', () => {
    expect(said(['origin', 'https://other.example'])).toEqual(['vary', 'Origin'])
    expect(said([])).toEqual(['vary', 'Origin'])
  })

  it('without rules says nothing, and of rules for all says so', () => {
    expect(said(['origin', APP], null)).toEqual([])
    expect(said(['origin', APP], { ...RULES, origins: null })).toEqual([
      'access-control-allow-origin',
      '*',
      'access-control-expose-headers',
      'DPoP-Nonce',
    ])
  })
})
