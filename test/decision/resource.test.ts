import { describe, expect, it } from 'vitest'
import { type CompilePorts, compile, compileListener } from '../../src/config/compile.ts'
import { OAUTH, PROBLEM } from '../../src/decision/answer-body.ts'
import { decide } from '../../src/decision/decide.ts'
import { Evidence } from '../../src/decision/evidence.ts'
import {
  compileResource,
  listenerRules,
  type Resource,
  type TrustedIssuer,
} from '../../src/decision/resource.ts'
import type { Route } from '../../src/decision/route.ts'
import type { Snapshot } from '../../src/decision/snapshot.ts'
import { noCounts } from '../../src/domain/route-counts.ts'
import { dialects } from '../../src/verify/access-token/dialects.ts'
import { grantIs } from '../../src/verify/authority/grant.ts'
import { NonceMint } from '../../src/verify/dpop/nonce.ts'
import { changed, documentOf } from '../config/sample.ts'
import { NOW } from '../support/clock.ts'
import { aKey, verificationKeys } from '../support/keys.ts'
import { outcome } from '../support/outcome.ts'
import { aProof } from '../support/proof.ts'
import { aRequest } from '../support/request.ts'
import { aToken, keySource } from '../support/token.ts'

const SECRET = 'a secret of at least thirty-two characters'
const keys = keySource(verificationKeys(aKey('ES256', 'issuer')))

function resource(changes: Partial<Resource> = {}): Resource {
  return {
    issuers: [{ issuer: 'https://as.bank.example', audience: ['https://api.bank.example'], keys }],
    routes: [{ path: '/accounts/**', scope: ['accounts'], sender: ['dpop'] }],
    since: 0,
    nonceSecrets: [SECRET],
    ...changes,
  }
}

function decided(changes: Partial<Resource> = {}, facts = aRequest()) {
  return outcome(decide(facts, compileResource(resource(changes)), new Evidence(), NOW))
}

describe('compileResource', () => {
  it('asks for what the same configuration asks for', () => {
    const document = documentOf(changed('scope: accounts', 'scope: accounts\n      sender: dpop'))
    const configured = compile(document, {
      keys: () => keys,
      counts: noCounts,
      introspection: () => null,
      statusLists: () => null,
      opener: () => null,
      signers: () => null,
      nonces: { mint: new NonceMint([SECRET]), since: 0, early: null, datesBefore: 0 },
      proofsSince: 10,
      signaturesSince: 0,
    } as unknown as CompilePorts)
    const told = plain(routeOf(compileResource(resource())))
    expect(told).toEqual({
      ...plain(routeOf(configured)),
      upstream: '',
      // A server of one's own publishes its metadata itself.
      metadata: new Map(),
    })
    const { origins, ...limits } = listenerRules(['https://api.bank.example'])
    expect({ origins, ...limits }).toEqual(compileListener(document.listeners[0]!))
  })

  it('admits and refuses as it says', () => {
    expect(decided()).toBe('accepted')
    expect(decided({}, aRequest({ authorization: null }))).toBe('TOKEN_ABSENT')
    expect(
      decided({ routes: [{ path: '/accounts', isPublic: true }] }, aRequest({ authorization: null })),
    ).toBe('accepted')
    expect(decided({ routes: [{ path: '/accounts', sender: ['mtls'] }] })).toBe('TOKEN_SENDER')
    expect(decided({ routes: [{ path: '/accounts', scope: ['other'] }] })).toBe('SCOPE_INSUFFICIENT')
    expect(decided({ routes: [{ path: '/accounts', nonce: 'required' }] })).toBe('DPOP_NONCE')
    expect(decided({ since: NOW + 1 })).toBe('DPOP_NONCE')
    expect(decided({ revocations: { hits: () => true } })).toBe('TOKEN_REVOKED')
  })

  it('asks what it is told to ask besides', () => {
    const issuer = { issuer: 'https://as.bank.example', audience: ['https://api.bank.example'], keys }
    const ask = (changes: Partial<TrustedIssuer>) => decided({ issuers: [{ ...issuer, ...changes }] })
    expect(ask({ algorithms: ['PS256'] })).toBe('TOKEN_ALGORITHM')
    expect(ask({ dialect: dialects.entra })).toBe('TOKEN_TYPE')
    const silent = { recall: () => undefined, ask: async () => undefined }
    expect(ask({ introspection: silent })).toMatch(/^NEED introspection https:\/\/as\.bank\.example /)
    const authority = [grantIs('client')]
    for (const scope of [[], ['accounts']])
      expect(decided({ routes: [{ path: '/accounts', scope, authority }] })).toBe('GRANT_INSUFFICIENT')
    const posted = { path: '/accounts', methods: ['POST'] }
    expect(decided({ routes: [posted] })).toBe('METHOD_UNKNOWN')
    expect(
      compileResource(resource({ routes: [posted] })).router.match(aRequest({ method: 'POST' })),
    ).toMatchObject({
      id: 'POST /accounts',
    })
    expect(decided({ routes: [{ path: '/accounts' }] }, aScopeless())).toBe('accepted')
  })

  it('remembers tokens where it is told, and writes refusals as it is told', () => {
    const tokens = new Map()
    expect(decided({ tokens })).toBe('accepted')
    expect(tokens.size).toBe(1)
    const { answers } = compileResource(resource({ renderer: OAUTH, documentation: 'https://docs.example/' }))
    expect(answers).toEqual({ renderer: OAUTH, documentation: 'https://docs.example/', echoes: [] })
    expect(compileResource(resource()).answers).toEqual({
      renderer: PROBLEM,
      documentation: null,
      echoes: [],
    })
  })

  it('takes the status of a token from the lists that it is given, and of one that was asked about from nowhere', () => {
    const lists = { held: () => 'ask' as const, ask: async () => {} }
    const issuer = { issuer: 'https://as.bank.example', audience: ['https://api.bank.example'], keys }
    const status = { status_list: { uri: 'https://as.bank.example/list', idx: 1 } }
    const token = aToken({ claims: { status } })
    const facts = aRequest({ authorization: `DPoP ${token}`, dpop: aProof(token) })
    expect(decided({ issuers: [{ ...issuer, statusLists: lists }] }, facts)).toMatch(/^NEED status /)
    const members = { active: true, scope: 'accounts', cnf: { jkt: aKey('ES256', 'client').jkt }, status }
    const introspection = { recall: () => ({ members, signed: null }), ask: async () => undefined }
    expect(decided({ issuers: [{ ...issuer, introspection, statusLists: lists }] }, facts)).toBe('accepted')
  })

  it('lets no token with a status through where there are no lists', () => {
    const status = { status_list: { uri: 'https://as.bank.example/list', idx: 1 } }
    const token = aToken({ claims: { status } })
    const facts = aRequest({ authorization: `DPoP ${token}`, dpop: aProof(token) })
    expect(decided({}, facts)).toBe('TOKEN_STATUS_UNAVAILABLE')
  })
})

function aScopeless() {
  const token = aToken({ claims: { scope: undefined } })
  return aRequest({ authorization: `DPoP ${token}`, dpop: aProof(token) })
}

function routeOf(snapshot: Snapshot): Route {
  return snapshot.router.match(aRequest()) as Route
}

/** What can be compared: names for issuers and rules, no memos and no ports. */
function plain(route: Route): object {
  const { demands, ...rest } = route
  const { issuers, authority, dpop, ...others } = demands!
  const { keys: _, nonce, ...proofs } = dpop
  return {
    ...rest,
    ...others,
    proofs,
    nonce: { ...nonce, mint: null, early: null },
    issuers: issuers.map(({ keys: __, name: ___, scopeSets: ____, status, ...issuer }) => ({
      ...issuer,
      status: { ...status, lists: null },
    })),
    authority: authority.map(({ name }) => name),
  }
}
