import type { UnixSeconds } from '../../domain/check.ts'

/** RFC 7519 §2: seconds, from 1970 to the year 9999. Milliseconds that are taken for them would not come for fifty thousand years. */
export function isNumericDate(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value < YEAR_10000
}

export function isOptionalDate(value: unknown): value is number | undefined {
  return value === undefined || isNumericDate(value)
}

/**
 * Whether a date lies further ahead than the leeway, and in any case where that is more than sixty seconds (FAPI2-SP §5.3.2.1(13)).
 * A date may have parts of a second and the clock is read in whole ones, so it may be almost one more behind: a date of the last
 * second that the leeway reaches is not refused for it.
 */
export function liesAhead(date: number, leeway: number, now: UnixSeconds): boolean {
  return Math.floor(date) > now + leeway || date > now + FURTHEST
}

/** RFC 7519 §4.1.4, without leeway. Of the second in which a date lies nobody knows how much is over, so none of it counts. */
export function hasPassed(date: number, now: UnixSeconds): boolean {
  return now >= Math.floor(date)
}

const FURTHEST = 60
const YEAR_10000 = 253_402_300_800
