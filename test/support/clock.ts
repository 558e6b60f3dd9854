import type { UnixSeconds } from '../../src/domain/check.ts'

/** The moment of every test that has no reason for another: 2026-08-01T12:00:00Z. */
export const NOW: UnixSeconds = 1_785_585_600
