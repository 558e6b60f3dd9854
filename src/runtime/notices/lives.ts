import { type Path, pathText } from '../../config/problem.ts'
import type { UnixSeconds } from '../../domain/check.ts'

/** When a certificate or a revocation list counts. */
export interface Life {
  readonly notBefore: UnixSeconds
  readonly notAfter: UnixSeconds
}

/** Why it does not count now, as the end of a sentence; undefined where it does. */
export function untimely({ notBefore, notAfter }: Life, now: UnixSeconds): string | undefined {
  if (notAfter < now) return `ended on ${dayOf(notAfter)}`
  return notBefore > now ? `begins on ${dayOf(notBefore)}` : undefined
}

/** What lives for days only is renewed in the last third of its life as all else is in its last weeks. */
export function isNearItsEnd({ notBefore, notAfter }: Life, now: UnixSeconds, within = NEAR): boolean {
  return notAfter - now < Math.min(within, (notAfter - notBefore) / 3)
}

/** When the first of those in each place ends, by its path in the configuration. */
export function firstEnds(
  all: Iterable<{ readonly path: Path; readonly life: Life }>,
): ReadonlyMap<string, UnixSeconds> {
  const ends = new Map<string, UnixSeconds>()
  for (const { path, life } of all) {
    const place = pathText(path)
    ends.set(place, Math.min(life.notAfter, ends.get(place) ?? life.notAfter))
  }
  return ends
}

/** `2026-11-26`, in UTC. */
export function dayOf(time: UnixSeconds): string {
  return new Date(time * 1000).toISOString().slice(0, 10)
}

/** Seconds: what ends sooner is told ahead. */
export const NEAR = 14 * 86_400
