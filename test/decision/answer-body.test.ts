import { describe, expect, it } from 'vitest'
import {
  type Answers,
  answerBody,
  OAUTH,
  PROBLEM,
  statusOf,
  strangeSlots,
  type Template,
} from '../../src/decision/answer-body.ts'
import { D as R } from '../../src/decision/denials.ts'
import type { Denial } from '../../src/domain/denial.ts'
import { F } from '../../src/services/upstream/faults.ts'
import { D as T } from '../../src/verify/access-token/denials.ts'
import { D as P } from '../../src/verify/dpop/denials.ts'
import { NOW } from '../support/clock.ts'

const ID = '6b2f5d5e-0000-4000-8000-000000000001'
const DOCUMENTED = 'https://docs.bank.example/errors/'

function body(denial: Denial, changes: Partial<Answers> = {}): unknown {
  const answers = { renderer: PROBLEM, documentation: null, echoes: [], ...changes }
  return JSON.parse(answerBody(denial, denial.status, { interactionId: ID, now: NOW, answers }))
}

function shaped(template: Template, denial: Denial = P.DPOP_HTU): unknown {
  return body(denial, { renderer: { contentType: 'application/json', body: template } })
}

describe('problem details (RFC 9457 §3)', () => {
  it('have the status as a number, and code, clause and interaction id as extensions', () => {
    expect(body(P.DPOP_HTU)).toEqual({
      type: 'urn:holdfast:problem:dpop-htu',
      title: 'The request is not authenticated',
      status: 401,
      detail: P.DPOP_HTU.says,
      code: 'DPOP_HTU',
      cite: 'RFC 9449 §4.3(9)',
      interaction_id: ID,
      instance: `urn:uuid:${ID}`,
    })
  })

  it('link to the documentation where it is configured', () => {
    expect(body(P.DPOP_HTU, { documentation: DOCUMENTED })).toMatchObject({
      type: 'https://docs.bank.example/errors/dpop-htu',
    })
  })
})

it('a body says the status that it leaves with, which ecosystems have for a code, whatever it was written for before', () => {
  const answers = { renderer: PROBLEM, documentation: null, echoes: [], statuses: { DPOP_HTU: 409 } }
  const own = { ...answers, statuses: {} }
  expect([answers, own].map((each) => statusOf(P.DPOP_HTU, each))).toEqual([409, 401])
  for (const status of [401, 409, 401])
    expect(
      JSON.parse(answerBody(P.DPOP_HTU, status, { interactionId: ID, now: NOW, answers })),
    ).toMatchObject({ status })
})

it('an interaction id stands in the body as JSON writes it, whatever is in it', () => {
  const id = 'a"b\\c'
  const answers = { renderer: PROBLEM, documentation: null, echoes: [] }
  const written = answerBody(P.DPOP_HTU, 401, { interactionId: id, now: NOW, answers })
  expect(JSON.parse(written)).toMatchObject({ interaction_id: id, instance: `urn:uuid:${id}` })
})

describe('the form of OAuth (RFC 6749 §5.2)', () => {
  const oauth = (denial: Denial, documentation: string | null = null) =>
    body(denial, { renderer: OAUTH, documentation })

  it('has the error of the challenge', () => {
    expect(oauth(T.TOKEN_EXPIRED)).toEqual({
      error: 'invalid_token',
      error_description: T.TOKEN_EXPIRED.says,
    })
    expect(oauth(P.DPOP_NONCE, DOCUMENTED)).toEqual({
      error: 'use_dpop_nonce',
      error_description: P.DPOP_NONCE.says,
      error_uri: 'https://docs.bank.example/errors/dpop-nonce',
    })
  })

  it('names no error where no credentials came, and a general one for what is no matter of credentials', () => {
    expect(oauth(T.TOKEN_ABSENT)).not.toHaveProperty('error')
    const cases = [
      R.ROUTE_UNKNOWN,
      R.BODY_TOO_LARGE,
      T.TOKEN_KEYS_UNAVAILABLE,
      F.UPSTREAM_BROKEN,
      F.INTERNAL_FAULT,
    ]
    expect(cases.map((denial) => (oauth(denial) as { error: string }).error)).toEqual([
      'invalid_request',
      'invalid_request',
      'temporarily_unavailable',
      'server_error',
      'server_error',
    ])
  })
})

describe('a body as data', () => {
  it('can be nested, can have lists and constants, and keeps the type of a value that stands alone', () => {
    expect(
      shaped({
        Code: '{status} {code}',
        Errors: [{ ErrorCode: '{code}', Message: '{detail}', Url: '{documentation?}', Status: '{status}' }],
        meta: { fixed: true, count: 1, text: 'no slot' },
      }),
    ).toEqual({
      Code: '401 DPOP_HTU',
      Errors: [{ ErrorCode: 'DPOP_HTU', Message: P.DPOP_HTU.says, Status: 401 }],
      meta: { fixed: true, count: 1, text: 'no slot' },
    })
  })

  it('leaves empty what has no value, unless it is marked, and what names no slot', () => {
    expect(
      shaped({ kept: '{documentation}', left: '{documentation?}', unknown: '{nothing}', two: '{a} {b}' }),
    ).toEqual({ kept: '', unknown: '', two: ' ' })
  })
})

describe('a form of its own', () => {
  it('has the names that an ecosystem has for our codes, and our code where it has none', () => {
    const renderer = {
      contentType: 'application/json',
      body: { errors: [{ code: '{name}', at: null, id: 'urn:x:{interaction_id}' }] },
      names: { DPOP_HTU: 'urn:bank:Header/Invalid' },
    }
    const codeFor = (denial: Denial) => body(denial, { renderer })
    expect(codeFor(P.DPOP_HTU)).toEqual({
      errors: [{ code: 'urn:bank:Header/Invalid', at: null, id: `urn:x:${ID}` }],
    })
    expect(codeFor(P.DPOP_HTM)).toMatchObject({ errors: [{ code: 'DPOP_HTM' }] })
  })

  it('has the title that an ecosystem has for a name, and that of the status where it has none', () => {
    const names = { 'DPOP_*': 'PROOF', DPOP_HTU: 'TARGET' }
    const titles = { PROOF: 'Invalid Proof', TOKEN_EXPIRED: 'Token Is Too Old' }
    const renderer = { contentType: 'application/json', body: '{title}', names, titles }
    expect([P.DPOP_HTM, T.TOKEN_EXPIRED, P.DPOP_HTU].map((denial) => body(denial, { renderer }))).toEqual([
      'Invalid Proof',
      'Token Is Too Old',
      'The request is not authenticated',
    ])
  })

  it('has one name for all codes that begin alike, and the most particular one for each', () => {
    const names = { 'DPOP_*': 'PROOF', DPOP_HTU: 'TARGET', 'TOKEN_KEYS_*': 'LATER' }
    const renderer = { contentType: 'application/json', body: '{name}', names }
    const namesOf = [P.DPOP_HTU, P.DPOP_HTM, T.TOKEN_KEYS_UNAVAILABLE, T.TOKEN_KEY_UNKNOWN]
    expect(namesOf.map((denial) => body(denial, { renderer }))).toEqual([
      'TARGET',
      'PROOF',
      'LATER',
      'TOKEN_KEY_UNKNOWN',
    ])
  })

  it('says the time of each answer, in UTC and to the second (RFC 3339 §5.6)', () => {
    const answers = {
      renderer: {
        contentType: 'application/json',
        body: { at: '{now}', text: '{now} {interaction_id} {now}' },
      },
      documentation: null,
      echoes: [],
    }
    const at = (now: number) => JSON.parse(answerBody(P.DPOP_HTU, 401, { interactionId: ID, now, answers }))
    const [first, second] = ['2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z']
    expect(at(1_767_225_600)).toEqual({ at: first, text: `${first} ${ID} ${first}` })
    expect(at(1_767_225_601)).toEqual({ at: second, text: `${second} ${ID} ${second}` })
  })

  it('may have the slots that there are', () => {
    expect(strangeSlots('{code} {type?} { } {Code} {}')).toEqual([])
    expect(strangeSlots('{codes} {time?}')).toEqual(['{codes}', '{time?}'])
  })
})
