import { readFileSync, writeFileSync } from 'node:fs'

/** Resident memory of a process now, octets. */
export function residentOctets(pid: number): number {
  return kibibytes(pid, 'VmRSS') * 1024
}

/** The most that was resident since `forgetPeak`, octets. */
export function peakOctets(pid: number): number {
  return kibibytes(pid, 'VmHWM') * 1024
}

/** From now on the peak is counted anew (proc_pid_clear_refs(5)). */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
}

function kibibytes(pid: number, member: string): number {
  const line = new RegExp(`^${member}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  if (line === null) throw new Error(`/proc/${pid}/status says nothing of ${member}`)
  return Number(line[1])
}
