import { at, type Section } from './requirement.ts'

const CLAIMS = 'src/decision/upstream-identity.ts'
const TOLD = 'gateway/upstream-identity'

export const TXN: Section = {
  name: 'TXN',
  title: 'Transaction tokens for upstreams (draft-ietf-oauth-transaction-tokens-10)',
  rows: [
    {
      id: 'TXN-01',
      clause: 'TXN §11',
      says: 'The token is had from a transaction token service by token exchange (RFC 8693).',
      not: 'built',
      because: 'The gateway is the service for its own upstreams: it makes the token and signs it itself.',
    },
    {
      id: 'TXN-02',
      clause: 'TXN §12.1',
      says: 'It travels in Txn-Token, once, and one that a client sends never arrives.',
      check: ['src/gateway/fields.ts', 'src/domain/trusted-fields.ts'],
      tests: [
        at(TOLD, 'gets one token that says who asks for what, and no fields'),
        at(TOLD, 'never gets one of the client’s, nor a field that says the same'),
        at('gateway/fields', 'nobody can pass for the gateway on %s', 'txn-token'),
      ],
    },
    {
      id: 'TXN-03',
      clause: 'TXN §9, §12.2',
      says: 'It is typed txntoken+jwt and has iat, aud, exp, txn, sub, scope, req_wl, tctx and rctx.',
      check: CLAIMS,
      tests: [
        at(TOLD, 'gets one token that says who asks for what, and no fields'),
        at('e2e/upstream-verifiers', 'Node: %s', 'another type'),
        at('e2e/upstream-verifiers', 'Python: all of these'),
      ],
      lacks:
        'aud is the upstream, where the draft would have the trust domain; `txn_token.audience` can say that instead',
    },
    {
      id: 'TXN-04',
      clause: 'TXN §6, §13',
      says: 'Its scope is that of the access token, it lives for minutes at most, and an expired access token gets none.',
      check: [CLAIMS, 'src/config/schema/route.ts'],
      tests: [
        at(TOLD, 'the audience is its origin where none is said'),
        at(TOLD, 'no claim of the access token can become another'),
        at('verify/access-token/verify-jwt', 'TOKEN_EXPIRED'),
      ],
    },
    {
      id: 'TXN-05',
      clause: 'TXN §13',
      says: 'The access token is neither in it nor sent with it.',
      check: [CLAIMS, 'src/gateway/fields.ts'],
      tests: [at(TOLD, 'carries neither the access token nor a part of it')],
    },
    {
      id: 'TXN-06',
      clause: 'TXN §13',
      says: 'It is no credential of the workload that sends it.',
      check: 'src/services/upstream/upstream.ts',
      tests: [at('services/upstream/upstream-tls', 'is shown our certificate, where we have one')],
    },
  ],
}
