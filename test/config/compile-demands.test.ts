import { expect, it } from 'vitest'
import { type CompilePorts, compile } from '../../src/config/compile.ts'
import type { Demands, Route } from '../../src/decision/route.ts'
import { noCounts } from '../../src/domain/route-counts.ts'
import { documentOf } from './sample.ts'

const REQUIRE = { issuer: 'bank', scope: 'accounts', signature: 'answers' }

/** What two routes demand, of which the second says this as well. */
function demandsOf(more: object): readonly (Demands | null)[] {
  const route = { upstream: 'accounts', require: REQUIRE }
  const routes = [
    { ...route, path: '/one' },
    { ...route, path: '/two', ...more },
  ]
  const { router } = compile(documentOf(JSON.stringify({ ...CONFIG, routes })), PORTS)
  return ['/one', '/two'].map((normalPath) => {
    const target = { method: 'GET', authority: 'api.bank.example', normalPath }
    return (router.match(target) as Route).demands
  })
}

it('routes that demand the same share what they demand, whatever else they say', () => {
  const [one, two] = demandsOf({ name: 'two', methods: ['GET'], limits: { body_size: '1KiB' } })
  expect(one?.issuers).toHaveLength(1)
  expect(two).toBe(one)
})

it.each([
  ['scope', { require: { ...REQUIRE, scope: 'payments' } }],
  ['proofs', { require: { ...REQUIRE, dpop: { max_age: '30s' } } }],
  ['digests', { require: { ...REQUIRE, content_digest: 'required' } }],
  ['signatures', { require: { ...REQUIRE, signature: 'answers-for-a-minute' } }],
  ['signing keys', { signing_key: 'key-2' }],
  ['answers that are held', { limits: { held_answer_size: '2MiB' } }],
  ['bodies that are kept', { evidence: 'bodies' }],
  ['bodies that are signed on', { upstream: 'signed' }],
])('but not with other %s', (_, more) => {
  const [one, two] = demandsOf(more)
  expect(two).not.toEqual(one)
})

const url = 'http://127.0.0.1:8080'
const CONFIG = {
  listeners: [
    {
      name: 'public',
      bind: '0.0.0.0:8443',
      public_origin: 'https://api.bank.example',
      tls: { certificate: 'server.pem', private_key: 'server-key.pem' },
    },
  ],
  issuers: { bank: { issuer: 'https://as.bank.example', audience: 'https://api.bank.example' } },
  upstreams: { accounts: { url }, signed: { url, signature: {} } },
  signing: ['key-1', 'key-2'].map((key_id) => ({ key_id, key: `${key_id}.pem`, algorithm: 'ES256' })),
  signature_profiles: {
    answers: { request: 'off' },
    'answers-for-a-minute': { request: 'off', response: { expires_after: '1m' } },
  },
  evidence: { directory: 'evidence' },
}
/** No request is judged. */
const PORTS = {
  keys: () => null,
  introspection: () => null,
  statusLists: () => null,
  opener: () => null,
  signers: (keyIds: readonly string[] | null) => ({ keyIds, algorithms: () => [] }),
  clientKeys: () => null,
  counts: noCounts,
  nonces: {},
  proofsSince: 0,
  signaturesSince: 0,
} as unknown as CompilePorts
