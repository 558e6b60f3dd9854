import type { Turn } from '../../src/gateway/turn.ts'

/** A turn in which nothing waits. */
export const AT_ONCE: Turn = { compute: (work) => work(), act: (step) => step() }
