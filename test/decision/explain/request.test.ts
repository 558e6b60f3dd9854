import { describe, expect, it } from 'vitest'
import { Evidence } from '../../../src/decision/evidence.ts'
import type { Judged } from '../../../src/decision/explain/explain.ts'
import {
  compareCredential,
  comparePreflight,
  compareRoute,
  compareShape,
} from '../../../src/decision/explain/request.ts'
import type { Comparison } from '../../../src/decision/explain/steps.ts'
import type { Route } from '../../../src/decision/route.ts'
import type { RequestFacts } from '../../../src/domain/request-facts.ts'
import { NOW } from '../../support/clock.ts'
import { aRequest } from '../../support/request.ts'
import { aRoute } from '../../support/route.ts'
import { aToken, presented } from '../../support/token.ts'

const judged = (facts: Partial<RequestFacts>, evidence = new Evidence()): Judged => ({
  ...{ facts: aRequest(facts), evidence, body: null, refused: null, now: NOW },
})

/** What came, and what was wanted. */
function values(all: Iterable<Comparison>, what: string) {
  const found = [...all].find((each) => each.what === what)
  return [found?.came, found?.wanted]
}

describe('of the shape of a request is told', () => {
  const told = (what: string, facts: Partial<RequestFacts> = {}, route: Partial<Route> = {}) => {
    const evidence = new Evidence()
    evidence.route = aRoute(route)
    return values(compareShape(judged(facts, evidence)), what)
  }

  it('whether its path has parameters, and may', () => {
    expect(told('path parameters')).toEqual(['none', 'none'])
    const some = { hasPathParameters: true }
    expect(told('path parameters', some, { allowsPathParameters: true })).toEqual(['some', 'any'])
  })

  it('how long its body is, and may be', () => {
    expect(told('announced length', { contentLength: 7 }, { bodyLimit: 5 })).toEqual([
      '7 octets',
      'at most 5 octets',
    ])
    expect(told('announced length', { contentLength: null, bodyLimit: 9 })).toEqual([
      'not announced',
      'at most 9 octets',
    ])
  })

  it('which credential came twice, and whether it came early', () => {
    expect(told('credentials twice', { repeatedCredential: 'dpop' })[0]).toBe('dpop')
    expect([false, true].map((isEarly) => told('TLS early data', { isEarly })[0])).toEqual(['no', 'yes'])
  })

  it('that a header may be missing', () => {
    const header = { name: 'x-v', form: 'number' as const, isOptional: true }
    expect(told('x-v', {}, { requiredHeaders: [header] })).toEqual([null, 'number, or none'])
  })
})

describe('of its credential is told', () => {
  const told = (what: string, facts: Partial<RequestFacts>, token?: string) => {
    const evidence = new Evidence()
    evidence.route = aRoute()
    if (token !== undefined) evidence.presented = presented(token)
    return values(compareCredential(judged(facts, evidence)), what)
  }

  it('by which scheme it came', () => {
    const schemes = [null, 'Basic eA==', 'DPoP x'].map(
      (authorization) => told('scheme', { authorization })[0],
    )
    expect(schemes).toEqual(['no Authorization', 'another scheme', 'DPoP'])
  })

  it('how long its token is, where it is one', () => {
    expect([told('token', {})[0], told('token', {}, 'abc')[0]]).toEqual(['not one token', '3 characters'])
  })

  it('that its query is not shown, where that may have been it', () => {
    const what = 'access_token in the query'
    expect([told(what, { query: 'a=1' })[0], told(what, { query: 'a=1' }, aToken())[0]]).toEqual([
      'the query is not shown',
      'none',
    ])
  })
})

it('a request without a route is told as the routes see it', () => {
  const facts = { method: 'POST', path: '/a/./b', normalPath: '/a/b' }
  expect(values(compareRoute(judged(facts)), 'route')).toEqual([
    'POST api.bank.example/a/b',
    'a route for this host, path and method',
  ])
})

it('a preflight is told by its origin', () => {
  const fields = ['Origin', 'https://app.example']
  expect(values(comparePreflight(judged({ fields })), 'origin')[0]).toBe('https://app.example')
})
