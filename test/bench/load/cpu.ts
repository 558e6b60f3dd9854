import { readdirSync, readFileSync } from 'node:fs'

/**
 * CPU time so far of a process and its children, all their threads, in microseconds. The scheduler counts nanoseconds
 * for each thread; where it keeps no such count, utime + stime of /proc/PID/stat do, in ticks of ten milliseconds.
 */
export function cpuMicros(pid: number): number {
  const family = [pid, ...childrenOf(pid)]
  return family.reduce((sum, each) => sum + (scheduled(each) ?? ticks(each)), 0)
}

/** nginx works in children of its master. */
function childrenOf(pid: number): readonly number[] {
  const listed = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  return listed === '' ? [] : listed.split(' ').map(Number)
}

function scheduled(pid: number): number | undefined {
  try {
    const threads = readdirSync(`/proc/${pid}/task`)
    const nanos = threads.map((id) =>
      Number(readFileSync(`/proc/${pid}/task/${id}/schedstat`, 'utf8').split(' ')[0]),
    )
    return nanos.reduce((sum, each) => sum + each, 0) / 1_000
  } catch {
    return undefined
  }
}

/** The name in the second field may hold spaces, so the fields are counted from its closing bracket. */
function ticks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10_000
}
