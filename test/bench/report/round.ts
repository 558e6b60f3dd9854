import type { Load } from '../load/load.ts'
import type { SignatureCosts } from '../load/openssl.ts'
import type { Row } from '../rows.ts'

/** One round: every row once, by its key, and what signatures cost meanwhile. */
export interface Round {
  readonly loads: ReadonlyMap<string, Load>
  readonly signatures: SignatureCosts
}

/** CPU microseconds a request; undefined where the row was not there. */
export function cpuOf(round: Round, key: string): number | undefined {
  return round.loads.get(key)?.cpu
}

/** The least that a row's job can cost: nginx's plain proxy, and the signature work that nobody can leave out. */
export function floorOf(
  { loads, signatures }: Round,
  { verifications, signature }: Pick<Row, 'verifications' | 'signature'>,
): number | undefined {
  const nginx = loads.get('nginx')?.cpu
  const signing = signature === null ? 0 : signatures.signing[signature]
  if (nginx === undefined || signing === undefined) return undefined
  return nginx + verifications * signatures.verification + signing
}

export function quotient(above: number | undefined, below: number | undefined): number | undefined {
  return above === undefined || below === undefined ? undefined : above / below
}
