import type { Denial } from './denial.ts'

/** Seconds since 1970-01-01T00:00:00Z, whole. Read once a request and handed down. */
export type UnixSeconds = number

/** Seconds that the clocks of replicas, and of what they share, may be apart. */
export const CLOCKS_APART = 5

/** A rule inside a phase. Pure, synchronous, total: undefined means "no objection". */
export type Check<Subject> = (subject: Subject, now: UnixSeconds) => Denial | undefined
