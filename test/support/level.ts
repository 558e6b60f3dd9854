/** What a gauge without labels says, in what Prometheus is told; NaN where it is not there. */
export function levelIn(metrics: string, gauge: string): number {
  return Number(new RegExp(`^${gauge} ([0-9]+)$`, 'm').exec(metrics)?.[1])
}
