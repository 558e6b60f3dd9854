import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { apacheVersion } from '../peers/apache.ts'
import { haproxyVersion } from '../peers/haproxy.ts'
import { nginxVersion } from '../peers/nginx.ts'
import { short } from './figure.ts'

export interface Machine {
  readonly cpu: string
  readonly cpus: number
  readonly node: string
  /** Over the minute before the run. */
  readonly loadAverage: number
  /** Linux: when memory comes in huge pages; null where that is not known. */
  readonly hugePages: string | null
  readonly openssl: string
  /** Versions; null where one is not installed. */
  readonly nginx: string | null
  readonly haproxy: string | null
  readonly apache: string | null
}

export function readMachine(): Machine {
  const { stdout } = spawnSync('openssl', ['version'], { encoding: 'utf8' })
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cpus: cpus().length,
    node: process.version,
    loadAverage: short(loadavg()[0] as number),
    hugePages: hugePages(),
    openssl: stdout.split(' ')[1] ?? 'unknown',
    nginx: nginxVersion(),
    haproxy: haproxyVersion(),
    apache: apacheVersion(),
  }
}

/** What is chosen stands in brackets: `always [madvise] never`. */
function hugePages(): string | null {
  try {
    return (
      /\[(\w+)\]/.exec(readFileSync('/sys/kernel/mm/transparent_hugepage/enabled', 'latin1'))?.[1] ?? null
    )
  } catch {
    return null
  }
}

/** In a sentence. */
export function describeMachine(machine: Machine): string {
  const { cpu, cpus: count, node, openssl, nginx, haproxy, apache, loadAverage, hugePages } = machine
  const others = [
    ['nginx', nginx],
    ['HAProxy', haproxy],
    ['Apache', apache],
  ].map(([name, version]) => (version === null ? `no ${name}` : `${name} ${version}`))
  const software = [`Node ${node}`, `OpenSSL ${openssl}`, ...others].join(', ')
  const pages = hugePages === null ? '' : `transparent huge pages: ${hugePages}; `
  return `${cpu}, ${count} CPUs; ${software}; ${pages}load average before ${loadAverage}.`
}
