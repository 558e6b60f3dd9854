import { readdirSync, readFileSync } from 'node:fs'

/**
 * CPU time so far of a process and its children, all their threads, in microseconds. The scheduler counts nanoseconds
 * for each thread; where it keeps no such count, utime + stime of /proc/PID/stat do, in ticks of ten milliseconds.
 */
export function cpuMicros(pid: number): number {
  const family = [pid, ...childrenOf(pid)]
  return family.reduce((sum, each) => sum + (scheduled(each) ?? ticks(each)), 0)
}

/** The same of each thread of one process, by its id; empty where the scheduler keeps no count. */
export function threadMicros(pid: number): ReadonlyMap<string, number> {
  try {
    const threads = readdirSync(`/proc/${pid}/task`)
    return new Map(threads.map((id) => [id, nanosOf(pid, id) / 1_000]))
  } catch {
    return new Map()
  }
}

/** What the busiest thread took of what the two busiest took together: 0.5 to 1; NaN where there was but nothing. */
export function busiestShare(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): number {
  const taken = [...after].map(([id, micros]) => micros - (before.get(id) ?? 0)).sort((a, b) => b - a)
  const [first = 0, second = 0] = taken
  return first / (first + second)
}

/** nginx works in children of its master. */
function childrenOf(pid: number): readonly number[] {
  const listed = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  return listed === '' ? [] : listed.split(' ').map(Number)
}

function scheduled(pid: number): number | undefined {
  const threads = threadMicros(pid)
  return threads.size === 0 ? undefined : [...threads.values()].reduce((sum, each) => sum + each, 0)
}

function nanosOf(pid: number, thread: string): number {
  return Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0])
}

/** The name in the second field may hold spaces, so the fields are counted from its closing bracket. */
function ticks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10_000
}
