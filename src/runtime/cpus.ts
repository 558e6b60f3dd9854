import { availableParallelism } from 'node:os'
import { canShare } from './addresses.ts'

/** How many threads serve requests; `auto`: as many as the CPUs that this process may use, by affinity and cgroup. */
export function threadCount(threads: number | 'auto' = 'auto'): number {
  if (threads === 'auto') return canShare ? availableParallelism() : 1
  if (threads > 1 && !canShare)
    throw new Error('threads: this system does not spread the connections of one port; only 1 will do here')
  return threads
}
