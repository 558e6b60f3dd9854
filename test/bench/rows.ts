import type { Traffic } from './traffic.ts'

export type Peer = 'nginx' | 'open' | 'mtls'

/** One line of the table: which server is asked what, and what it must answer. */
export interface Row {
  readonly key: string
  readonly title: string
  /** `open` and `mtls` are the two listeners of the gateway: no client certificate, and one that is asked for. */
  readonly peer: Peer
  readonly status: number
  /** The denial code that the answer's body names; null where the request is to pass. */
  readonly code: string | null
  /** Whether accepting takes a P-256 verification a request, so that nginx and one verification is the fair rod. */
  readonly verifies: boolean
  /** The octets to send: one request that may be sent again and again, or as many as are asked for. */
  readonly requests: (traffic: Traffic, count: number) => string
}

export const ROWS: readonly Row[] = [
  passes('nginx', 'nginx, plain proxy', 'nginx', (traffic) => traffic.plain()),
  passes('plain', 'Holdfast, plain proxy', 'open', (traffic) => traffic.plain()),
  passes('mtls', 'Holdfast, certificate-bound JWT', 'mtls', (traffic) => traffic.bearer()),
  {
    ...passes('dpop', 'Holdfast, DPoP-bound JWT', 'open', (traffic, count) => traffic.proved(count)),
    verifies: true,
  },
  refused('no-token', 'refused: no credentials', 'TOKEN_ABSENT', (traffic) => traffic.bare()),
  refused('wrong-method', 'refused: proof for another method', 'DPOP_HTM', (traffic) =>
    traffic.wrongMethod(),
  ),
  refused('wrong-key', 'refused: proof of another key', 'DPOP_JKT', (traffic) => traffic.wrongKey()),
  {
    ...refused('forged', 'refused: forged proof', 'DPOP_SIGNATURE', (traffic) => traffic.forged()),
    verifies: true,
  },
  {
    ...refused('replayed', 'refused: replayed proof', 'DPOP_REPLAYED', (traffic) => traffic.proved(1)),
    verifies: true,
  },
]

function passes(key: string, title: string, peer: Peer, requests: Row['requests']): Row {
  return { key, title, peer, status: 200, code: null, verifies: false, requests }
}

function refused(key: string, title: string, code: string, requests: Row['requests']): Row {
  return { key, title, peer: 'open', status: 401, code, verifies: false, requests }
}
