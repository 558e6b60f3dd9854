import { cpus } from 'node:os'
import { ROWS, type Row } from '../rows.ts'
import { type Figure, figure } from './figure.ts'
import { cpuOf, floorOf, quotient, type Round } from './round.ts'

/** What Holdfast promises of its cost, as a ratio of two figures of one run: the lower the better. */
export interface Ratio {
  readonly key: string
  readonly title: string
  readonly bound: number
  readonly of: (round: Round) => number | undefined
}

/** What came of it; `value` is null where a row was missing. */
export interface RatioResult {
  readonly key: string
  readonly title: string
  readonly bound: number
  readonly value: Figure | null
}

export function ratioResults(rounds: readonly Round[]): readonly RatioResult[] {
  return RATIOS.map(({ key, title, bound, of }) => ({ key, title, bound, value: figure(rounds.map(of)) }))
}

/** To another row. */
function toRow(key: string, other: string, bound: number, title: string): Ratio {
  return {
    key: `${key}/${other}`,
    title,
    bound,
    of: (round) => quotient(cpuOf(round, key), cpuOf(round, other)),
  }
}

/** To the least that its job can cost. */
function toFloor(key: string, bound: number, title: string): Ratio {
  const row = ROWS.find((each) => each.key === key) as Row
  return {
    key: `${key}/floor`,
    title,
    bound,
    of: (round) => quotient(cpuOf(round, key), floorOf(round, row)),
  }
}

function refusedEarly(key: string): Ratio {
  const title = ROWS.find((each) => each.key === key)?.title
  return toRow(key, 'dpop', 0.5, `${title} ÷ DPoP-bound JWT`)
}

export const RATIOS: readonly Ratio[] = [
  toRow('mtls', 'nginx', 3.5, 'certificate-bound JWT ÷ nginx'),
  toRow('mtls', 'apache-mtls', 0.1, 'certificate-bound JWT ÷ mod_oauth2'),
  toFloor('dpop', 1.6, 'DPoP-bound JWT ÷ (nginx + one verification)'),
  toRow('dpop', 'apache-dpop', 0.25, 'DPoP-bound JWT ÷ mod_oauth2'),
  toRow('dpop', 'apache-dpop-more', 0.25, 'DPoP-bound JWT ÷ mod_oauth2 that remembers 10,000 proofs'),
  toRow('opaque', 'dpop', 1.1, 'introspected token ÷ DPoP-bound JWT'),
  toRow('nonce', 'dpop', 1.1, 'with nonce ÷ DPoP-bound JWT'),
  toFloor('signed', 1.6, 'signed request ÷ (nginx + two verifications)'),
  toFloor('signed-ES256', 1.6, 'signed request and answer ÷ (nginx + two verifications + one signature)'),
  ...['malformed', 'wrong-method', 'wrong-target', 'wrong-key', 'expired', 'wrong-route'].map(refusedEarly),
  toRow('forged', 'dpop', 1, 'refused: forged proof ÷ DPoP-bound JWT'),
  toRow('dpop-2', 'dpop-1', 1.1, 'two threads ÷ one thread, DPoP-bound JWT, each full'),
  {
    key: 'dpop-2 busiest',
    title: 'two threads: CPU time of the busier ÷ of both',
    bound: 0.6,
    of: (round) => round.loads.get('dpop-2')?.busiest,
  },
  {
    key: 'dpop-1/dpop-2 requests',
    title: 'one thread ÷ two threads, requests/s (four CPUs or more)',
    bound: 1 / 1.8,
    // With fewer the generator and the upstream take what the second thread would need.
    of: ({ loads }) =>
      cpus().length < 4
        ? undefined
        : quotient(loads.get('dpop-1')?.perSecond, loads.get('dpop-2')?.perSecond),
  },
]
