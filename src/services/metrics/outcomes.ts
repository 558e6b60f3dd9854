import type { Counter } from 'prom-client'

/**
 * Counts one outcome. From then on there is a series for each of the others too, at zero, since Prometheus sees no rise in one that
 * begins above it (https://prometheus.io/docs/practices/instrumentation/#avoid-missing-metrics).
 */
export function countOutcome<Label extends string, Outcome extends string>(
  counter: Counter<Label | 'outcome'>,
  labels: Readonly<Partial<Record<Label, string>>>,
  outcomes: readonly Outcome[],
  outcome: Outcome,
): void {
  for (const each of outcomes)
    counter.inc({ ...labels, outcome: each } as Record<Label | 'outcome', string>, each === outcome ? 1 : 0)
}

export const FETCHES = ['ok', 'failed'] as const
