import type { Peer } from './stage.ts'
import type { Junk, Traffic } from './traffic.ts'

/** One line of the table: which server is asked what, and what it must answer. */
export interface Row {
  readonly key: string
  readonly title: string
  readonly peer: Peer
  readonly protocol: Protocol
  /** What is to come back, each in its share of the answers. */
  readonly answers: readonly Answer[]
  /** The least that the job takes beside proxying: so many P-256 verifications, and a signature or none. */
  readonly verifications: number
  readonly signature: SignatureAlgorithm | null
  /** Open at a time, taking turns; null: as many as there are requests under way. */
  readonly connections: number | null
  /** Under way at a time; null: a full house for each thread. */
  readonly inFlight: number | null
  /** The octets to send: one request that may be sent again and again, or as many as are asked for. */
  readonly requests: (traffic: Traffic, count: number) => string
}

export type Protocol = 'http/1.1' | 'h2'
export type SignatureAlgorithm = 'ES256' | 'Ed25519' | 'PS256'

export interface Answer {
  readonly status: number
  /** The denial code that the body names; null where none is looked for. */
  readonly code: string | null
  /** Of all answers, 0 to 1. */
  readonly share: number
}

/** Enough connections that chance spreads them evenly over threads. */
const SPREAD = { verifications: 1, connections: 256 }

/** Over HTTP/1.1, with caches that know what comes. */
const WARM: readonly Row[] = [
  row('nginx', 'nginx, plain proxy', 'nginx', (traffic) => traffic.plain()),
  row('haproxy', 'HAProxy, plain proxy', 'haproxy', (traffic) => traffic.plain()),
  row('haproxy-jwt', 'HAProxy, jwt_verify', 'haproxy-jwt', (traffic) => traffic.bearer(), {
    verifications: 1,
  }),
  row('apache', 'Apache, plain proxy', 'apache', (traffic) => traffic.plain()),
  row('apache-mtls', 'mod_oauth2, certificate-bound JWT', 'apache-mtls', (traffic) => traffic.bearer()),
  row('apache-dpop', 'mod_oauth2, DPoP-bound JWT', 'apache-dpop', proved, { verifications: 1 }),
  row('apache-dpop-more', 'mod_oauth2, DPoP, 10,000 proofs', 'apache-dpop-more', proved, {
    verifications: 1,
  }),
  row('plain', 'Holdfast, plain proxy', 'open', (traffic) => traffic.plain()),
  row('mtls', 'certificate-bound JWT', 'mtls', (traffic) => traffic.bearer()),
  row('dpop', 'DPoP-bound JWT', 'open', proved, { verifications: 1 }),
  row('opaque', 'introspected token (cached), DPoP', 'open', (traffic, count) => traffic.opaque(count), {
    verifications: 1,
  }),
  row('nonce', 'DPoP-bound JWT, nonce', 'open', (traffic, count) => traffic.withNonce(count), {
    verifications: 1,
  }),
  row('dpop-redis', 'DPoP-bound JWT, ledger in Redis', 'open-redis', proved, { verifications: 1 }),
  row(
    'signed',
    'DPoP, request signed',
    'open',
    (traffic, count) => traffic.signed(count, '/signed/request'),
    {
      verifications: 2,
    },
  ),
  ...(['ES256', 'Ed25519', 'PS256'] as const).map(signed),
]

export const ROWS: readonly Row[] = [
  ...WARM,
  row(
    'mtls-cold',
    'certificate-bound JWT, never seen',
    'mtls',
    (traffic, count) => traffic.freshBearer(count),
    {
      verifications: 1,
    },
  ),
  row(
    'dpop-cold',
    'DPoP-bound JWT and key, never seen',
    'open',
    (traffic, count) => traffic.freshProved(count),
    {
      verifications: 2,
    },
  ),
  row('third', 'DPoP-bound JWT, a third refused', 'open', (traffic, count) => traffic.oneThirdBad(count), {
    answers: [
      { status: 200, code: null, share: 2 / 3 },
      { status: 401, code: null, share: 1 / 3 },
    ],
  }),
  row('nginx-h2', 'nginx, plain proxy, h2', 'nginx', (traffic) => traffic.plain(), { protocol: 'h2' }),
  ...['plain', 'mtls', 'dpop', 'opaque', 'nonce', 'signed', 'signed-ES256'].map(overHttp2),
  row('dpop-1', 'DPoP-bound JWT, 1 thread, all CPUs', 'open-1', proved, SPREAD),
  row('dpop-2', 'DPoP-bound JWT, 2 threads, all CPUs', 'open-2', proved, SPREAD),
  row('dpop-2-half', 'the same, each thread half full', 'open-2', proved, { ...SPREAD, inFlight: 32 }),
  refused('no-token', 'no credentials', 'TOKEN_ABSENT', (traffic) => traffic.bare()),
  refused('wrong-route', 'no such route', 'ROUTE_UNKNOWN', (traffic) => traffic.plain('/nowhere'), {
    status: 404,
  }),
  junk('malformed', 'malformed proof', 'DPOP_MALFORMED', 'malformedProof'),
  junk('wrong-method', 'proof for another method', 'DPOP_HTM', 'wrongMethod'),
  junk('wrong-target', 'proof for another URL', 'DPOP_HTU', 'wrongTarget'),
  junk('wrong-key', 'proof of another key', 'DPOP_JKT', 'wrongKey'),
  junk('old-proof', 'proof too old', 'DPOP_IAT', 'oldProof'),
  junk('expired', 'expired token', 'TOKEN_EXPIRED', 'expiredToken'),
  junk('forged-token', 'forged token', 'TOKEN_SIGNATURE', 'forgedToken', 1),
  junk('forged', 'forged proof', 'DPOP_SIGNATURE', 'forgedProof', 1),
  refused('replayed', 'replayed proof', 'DPOP_REPLAYED', (traffic) => traffic.proved(1), {
    verifications: 1,
  }),
]

/** Whose costs are compared. */
export const COMPARED = [
  'nginx',
  'mtls',
  'apache-mtls',
  'apache-dpop',
  'dpop',
  'forged',
  'opaque',
  'nonce',
  'signed',
  'signed-ES256',
  'malformed',
  'wrong-method',
  'wrong-target',
  'wrong-key',
  'expired',
  'wrong-route',
  'dpop-1',
  'dpop-2',
]

/** The same requests as those of that row. */
function overHttp2(key: string): Row {
  const row = WARM.find((each) => each.key === key) as Row
  return { ...row, key: `${key}-h2`, title: `${row.title}, h2`, protocol: 'h2' }
}

/** Request and answer signed. */
function signed(algorithm: SignatureAlgorithm): Row {
  const requests: Row['requests'] = (traffic, count) => traffic.signed(count, `/signed/${algorithm}`)
  return row(`signed-${algorithm}`, `DPoP, request signed, answer ${algorithm}`, 'open', requests, {
    verifications: 2,
    signature: algorithm,
  })
}

function proved(traffic: Traffic, count: number): string {
  return traffic.proved(count)
}

function row(
  key: string,
  title: string,
  peer: Peer,
  requests: Row['requests'],
  changes: Partial<Row> = {},
): Row {
  const answers = [{ status: 200, code: null, share: 1 }]
  return {
    key,
    title,
    peer,
    protocol: 'http/1.1',
    answers,
    verifications: 0,
    signature: null,
    connections: null,
    inFlight: null,
    requests,
    ...changes,
  }
}

function refused(
  key: string,
  title: string,
  code: string,
  requests: Row['requests'],
  { status = 401, verifications = 0 }: { readonly status?: number; readonly verifications?: number } = {},
): Row {
  return row(key, `refused: ${title}`, 'open', requests, {
    answers: [{ status, code, share: 1 }],
    verifications,
  })
}

function junk(key: string, title: string, code: string, kind: Junk, verifications = 0): Row {
  return refused(key, title, code, (traffic) => traffic.junk[kind](), { verifications })
}
