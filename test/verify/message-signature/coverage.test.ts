import { describe, expect, it } from 'vitest'
import { componentsFor } from '../../../src/verify/message-signature/coverage.ts'
import type { SignedMessage } from '../../../src/verify/message-signature/message.ts'
import { coverage, fapi2 } from '../../../src/verify/message-signature/profile.ts'
import { aRequest } from '../../support/request.ts'

const REQUEST = aRequest({ fields: ['Authorization', 'DPoP a', 'DPoP', 'p', 'Content-Type', 'text/plain'] })
const OF_ANY_ANSWER = ['@status', '@method;req', '@target-uri;req']

function demanded(of: 'request' | 'response', message: SignedMessage, hasBody = false): string[] {
  return componentsFor(fapi2[of].coverage, message, hasBody).map(({ identity }) => identity)
}

describe('what FAPI 2.0 HTTP Signatures wants covered', () => {
  it('of a request (FAPI2-HTTPSIG §5.3.1.1)', () => {
    const always = ['@method', '@target-uri', 'authorization']
    expect(demanded('request', { request: REQUEST, response: null })).toEqual([...always, 'dpop'])
    expect(demanded('request', { request: aRequest(), response: null }, true)).toEqual([
      ...always,
      'content-digest',
    ])
  })

  it('of an answer, its own fields and those of the request each where they are (FAPI2-HTTPSIG §5.3.2.1)', () => {
    const answer = (fields: readonly string[]) => ({ status: 200, fields })
    expect(demanded('response', { request: REQUEST, response: answer([]) })).toEqual([
      ...OF_ANY_ANSWER,
      'authorization;req',
      'dpop;req',
    ])
    const own = answer(['Content-Type', 'text/plain', 'DPoP', 'p'])
    expect(demanded('response', { request: aRequest(), response: own }, true)).toEqual([
      ...OF_ANY_ANSWER,
      'content-type',
      'content-digest',
    ])
    expect(demanded('response', { request: null, response: own })).toEqual([...OF_ANY_ANSWER, 'content-type'])
    const digested = aRequest({ fields: ['Content-Digest', 'sha-256=:AA==:'] })
    expect(demanded('response', { request: digested, response: answer([]) })).toEqual([
      ...OF_ANY_ANSWER,
      'content-digest;req',
    ])
  })
})

it.each([
  ['a=1', []],
  ['id=1', ['@query-param;name="id"']],
  ['%69d=1', ['@query-param;name="id"']],
  ['id=1&id=2', ['@query-param;name="id"']],
  [null, []],
])('a parameter of the query is wanted where it is there, once or more often: %s', (query, expected) => {
  const wanted = coverage({ always: [], ifPresent: ['@query-param;name="id"'], ifBody: [] })
  const message = { request: aRequest({ query }), response: null }
  expect(componentsFor(wanted, message, false).map(({ identity }) => identity)).toEqual(expected)
})

it('what else is derived is always present, and what is no component is not wanted', () => {
  const wanted = coverage({ always: ['@nothing'], ifPresent: ['@query', 'date', '@nothing'], ifBody: [] })
  const components = componentsFor(wanted, { request: REQUEST, response: null }, true)
  expect(components.map(({ identity }) => identity)).toEqual(['@query'])
})

it('what is wanted for several reasons is wanted once (RFC 9421 §2), and what has other parameters besides', () => {
  const wanted = coverage({
    always: ['@query', 'date', 'date'],
    ifPresent: ['@query', 'dpop', 'dpop;sf'],
    ifBody: ['dpop', 'date;bs'],
  })
  const components = componentsFor(wanted, { request: REQUEST, response: null }, true)
  expect(components.map(({ identity }) => identity)).toEqual(['@query', 'date', 'dpop', 'dpop;sf', 'date;bs'])
})
