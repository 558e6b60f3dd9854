import { describe, expect, it } from 'vitest'
import { catalogues } from '../../src/cli/codes.ts'
import { type Asked, refusal } from '../../src/decision/challenge.ts'
import { D as R } from '../../src/decision/denials.ts'
import type { Denial } from '../../src/domain/denial.ts'
import { D as T } from '../../src/verify/access-token/denials.ts'
import { D as A } from '../../src/verify/authority/denials.ts'
import { D as C } from '../../src/verify/content-digest/denials.ts'
import { D as P } from '../../src/verify/dpop/denials.ts'
import { D as S } from '../../src/verify/message-signature/denials.ts'
import { fapi2 } from '../../src/verify/message-signature/profile.ts'
import { D as M } from '../../src/verify/mtls/denials.ts'
import { NOW } from '../support/clock.ts'
import { aRequest } from '../support/request.ts'
import { ANSWERS, demands } from '../support/route.ts'
import { keySource } from '../support/token.ts'

const ID = '6b2f5d5e-0000-4000-8000-000000000001'
const REALM = 'realm="https://api.bank.example"'
const ALGS = 'algs="PS256 ES256 EdDSA Ed25519"'

function answer(denial: Denial, changes: Partial<Asked> = {}) {
  const asked: Asked = {
    ...sent('DPoP t'),
    demands: demands(),
    metadata: null,
    wanted: null,
    interactionId: ID,
    now: NOW,
    answers: ANSWERS,
    allowed: () => ['GET', 'HEAD'],
    ...changes,
  }
  return refusal(denial, asked)
}

function sent(authorization: string | null): Pick<Asked, 'facts'> {
  return { facts: aRequest({ authorization }) }
}

function field(denial: Denial, name: string, changes: Partial<Asked> = {}): readonly string[] {
  const { fields } = answer(denial, changes)
  return fields.filter((_, at) => at % 2 === 1 && fields[at - 1] === name)
}

const challenges = (denial: Denial, changes: Partial<Asked> = {}) =>
  field(denial, 'www-authenticate', changes)

describe('challenges (RFC 6750 §3, RFC 9449 §7.1)', () => {
  it('say nothing of an error where no credentials came: one for each scheme, DPoP first', () => {
    expect(challenges(T.TOKEN_ABSENT, sent(null))).toEqual([`DPoP ${REALM}, ${ALGS}`, `Bearer ${REALM}`])
    expect(challenges(T.TOKEN_ABSENT, sent('Basic YTpi'))).toEqual([
      `DPoP ${REALM}, ${ALGS}`,
      `Bearer ${REALM}`,
    ])
  })

  it('tell the error in the scheme that the client used', () => {
    const expired = 'error="invalid_token", error_description="The token has expired. Ask for a new one."'
    expect(challenges(T.TOKEN_EXPIRED)).toEqual([`DPoP ${REALM}, ${expired}, ${ALGS}`, `Bearer ${REALM}`])
    expect(challenges(T.TOKEN_EXPIRED, sent('bearer t'))).toEqual([
      `DPoP ${REALM}, ${ALGS}`,
      `Bearer ${REALM}, ${expired}`,
    ])
  })

  it('tell it in all where the route does not take that scheme', () => {
    const wrong = /^DPoP realm="[^"]+", error="invalid_token", error_description="[^"]+", algs="[^"]+"$/
    const only = { demands: demands({ schemes: ['DPoP'] }), ...sent('Bearer t') }
    expect(challenges(T.TOKEN_SCHEME, only)).toEqual([expect.stringMatching(wrong)])
  })

  it('tell a malformed request in all (two ways of sending a token)', () => {
    for (const denial of [T.TOKEN_IN_QUERY, T.TOKEN_MALFORMED, R.FIELD_DUPLICATED]) {
      const told = challenges(denial)
      expect(told).toHaveLength(2)
      for (const challenge of told) expect(challenge).toContain('error="invalid_request"')
    }
  })

  it('name the algorithms of a bad proof, and the key that is another as a matter of the token', () => {
    expect(challenges(P.DPOP_HTM)[0]).toBe(
      `DPoP ${REALM}, error="invalid_dpop_proof", error_description="The DPoP proof was made for another method than the request has.", ${ALGS}`,
    )
    expect(challenges(P.DPOP_JKT)[0]).toContain('error="invalid_token"')
  })

  it('speak DPoP to a proof that failed also where the route asks for certificates alone', () => {
    const bearer = { demands: { ...demands(), schemes: ['Bearer'] as const } }
    for (const denial of [P.DPOP_ABSENT, P.DPOP_NONCE]) {
      const [first, second] = challenges(denial, bearer)
      expect(first).toMatch(new RegExp(`^DPoP .*error="${denial.error}".*algs=`))
      expect(second).toBe(`Bearer ${REALM}`)
    }
    expect(challenges(T.TOKEN_EXPIRED, bearer)).toEqual([expect.stringMatching(/^Bearer .*error=/)])
  })

  it('name the scope that is wanted', () => {
    const change = {
      demands: demands({ schemes: ['Bearer'] }),
      wanted: { scope: 'accounts payments' },
      ...sent('Bearer t'),
    }
    expect(challenges(A.SCOPE_INSUFFICIENT, change)).toEqual([
      `Bearer ${REALM}, error="insufficient_scope", error_description="The access token does not carry the scope that this resource demands; the challenge names it.", scope="accounts payments"`,
    ])
  })

  it('name what a new authentication must bring, and the scope where that is lacking too (RFC 9470 §3)', () => {
    const wanted = { acr_values: 'gold silver', max_age: '300', scope: 'payments' }
    const [first, second] = challenges(A.ACR_INSUFFICIENT, { wanted })
    expect(first).toBe(
      `DPoP ${REALM}, error="insufficient_user_authentication", error_description="${A.ACR_INSUFFICIENT.says}", acr_values="gold silver", max_age="300", scope="payments", ${ALGS}`,
    )
    expect(second).toBe(`Bearer ${REALM}`)
  })

  it('are absent where credentials are not the matter, or no route was found', () => {
    expect(challenges(T.TOKEN_KEYS_UNAVAILABLE)).toEqual([])
    expect(challenges(R.ROUTE_UNKNOWN)).toEqual([])
    expect(challenges(R.FIELD_DUPLICATED, { demands: null })).toEqual([])
  })

  it('come with every 401 there is, and with no fault of ours', async () => {
    for (const denial of (await catalogues()).flatMap((each) => each.denials)) {
      const count = challenges(denial).length
      if (denial.status === 401) expect(count, denial.code).toBe(2)
      if (denial.status >= 500) expect(count, denial.code).toBe(0)
    }
  })

  it('are plain quoted strings, whatever a denial says', () => {
    for (const denial of [T, R, A, P, M].flatMap((catalogue): Denial[] => Object.values(catalogue))) {
      for (const challenge of challenges(denial)) {
        expect(challenge).toMatch(
          /^(DPoP|Bearer) [a-z_]+="[\x20-\x21\x23-\x5b\x5d-\x7e]*"(, [a-z_]+="[\x20-\x21\x23-\x5b\x5d-\x7e]*")*$/,
        )
      }
    }
  })
})

describe('other fields', () => {
  it('forbid storing, tell what is allowed, and when to come again', () => {
    expect(field(T.TOKEN_ABSENT, 'cache-control')).toEqual(['no-store'])
    expect(field(R.METHOD_UNKNOWN, 'allow')).toEqual(['GET, HEAD'])
    expect(field(T.TOKEN_ABSENT, 'allow')).toEqual([])
    expect(field(T.TOKEN_KEYS_UNAVAILABLE, 'retry-after')).toEqual(['5'])
    expect(field(T.TOKEN_ABSENT, 'retry-after')).toEqual([])
  })
})

describe('the body (RFC 9457 §3)', () => {
  it('is announced as what it is', () => {
    expect(field(P.DPOP_HTU, 'content-type')).toEqual(['application/problem+json'])
    expect(JSON.parse(answer(P.DPOP_HTU).body)).toMatchObject({ status: 401, interaction_id: ID })
  })

  it('has a title for every status that a denial can have', () => {
    for (const denial of [T, R, A, P, M].flatMap((catalogue): Denial[] => Object.values(catalogue))) {
      expect(JSON.parse(answer(denial).body).title, denial.code).not.toBe('Refused')
    }
  })
})

describe('what the client is to send next time', () => {
  const signature = { rules: fapi2.request, clientKeys: () => keySource([]), unknownBefore: 0 }
  const offers = (denial: Denial, changes: Partial<Asked> = {}) =>
    field(denial, 'accept-signature', { demands: demands({ signature }), ...changes })

  it('a signature, where one is asked for and would mend it (RFC 9421 §5.1)', () => {
    expect(offers(S.SIG_ABSENT)).toEqual([expect.stringContaining('"@method"')])
    expect(offers(S.SIG_ABSENT, { facts: null })).toEqual([])
    expect(offers(S.SIG_ABSENT, { demands: demands() })).toEqual([])
    expect(offers(S.SIG_ABSENT, { demands: null })).toEqual([])
    expect(offers(T.TOKEN_EXPIRED)).toEqual([])
    const beyond = Object.values(S).filter(({ challenged }) => challenged === 'none')
    expect(beyond.length).toBeGreaterThan(0)
    expect(beyond.flatMap((denial) => offers(denial))).toEqual([])
  })

  it('a digest, where one was lacking or did not count (RFC 9530 §4)', () => {
    const wanted = (denial: Denial) => field(denial, 'want-content-digest')
    for (const denial of [...Object.values(C), S.SIG_DIGEST_UNCOVERED])
      expect(wanted(denial)).toEqual(['sha-512=3, sha-256=10'])
    for (const denial of [S.SIG_ABSENT, T.TOKEN_EXPIRED]) expect(wanted(denial)).toEqual([])
  })

  it('to where it learns more (RFC 9728 §5.1)', () => {
    const metadata = 'https://api.bank.example/.well-known/oauth-protected-resource'
    for (const challenge of challenges(T.TOKEN_EXPIRED, { metadata }))
      expect(challenge).toContain(`, resource_metadata="${metadata}"`)
  })

  it('what it is told in no more than a quoted-string holds (RFC 6750 §3)', () => {
    const wanted = { acr_values: 'a"b\\c\u00e9\n' }
    expect(challenges(A.ACR_INSUFFICIENT, { wanted })[0]).toContain(`acr_values="a'b'c''"`)
  })
})

describe('fields that a refusal repeats', () => {
  const answers = { ...ANSWERS, echoes: ['x-request-id', 'x-other-id'] }
  const repeated = (...fields: string[]) =>
    field(R.ROUTE_UNKNOWN, 'x-request-id', { answers, facts: aRequest({ fields }) })

  it('are those that are to be, each where it is one UUID', () => {
    expect(repeated('X-Request-ID', ID)).toEqual([ID])
    expect(repeated('x-request-id', ID, 'x-third-id', ID)).toEqual([ID])
    expect(repeated()).toEqual([])
    expect(repeated('x-request-id', `${ID}, ${ID}`)).toEqual([])
    expect(repeated('x-request-id', ID, 'X-Request-Id', ID)).toEqual([])
    expect(repeated('x-request-id', 'a b')).toEqual([])
  })

  it('are none of a request that could not be read', () => {
    expect(field(R.ROUTE_UNKNOWN, 'x-request-id', { answers, facts: null })).toEqual([])
  })
})

describe('a status of an ecosystem', () => {
  const answers = { ...ANSWERS, statuses: { CONSENT_STATE: 401, CONSENT_UNKNOWN: 400 } }

  it('takes the place of ours, in the body as well', () => {
    const { status, body } = answer(A.CONSENT_UNKNOWN, { answers })
    expect([status, JSON.parse(body)]).toEqual([
      400,
      expect.objectContaining({ status: 400, title: 'The request is malformed', code: 'CONSENT_UNKNOWN' }),
    ])
    expect(challenges(A.CONSENT_UNKNOWN, { answers })).toEqual([])
    expect(answer(A.CONSENT_OWNER, { answers }).status).toBe(403)
    expect(JSON.parse(answer(A.CONSENT_UNKNOWN).body)).toMatchObject({ status: 403 })
  })

  it('has the challenge that a 401 must have (RFC 9110 §15.5.2), and no error in it', () => {
    expect(answer(A.CONSENT_STATE, { answers }).status).toBe(401)
    expect(challenges(A.CONSENT_STATE, { answers })).toEqual([`DPoP ${REALM}, ${ALGS}`, `Bearer ${REALM}`])
    expect(challenges(A.CONSENT_STATE)).toEqual([])
  })
})
