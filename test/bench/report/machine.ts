import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
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
  readonly openssl: string
  /** Versions; null where one is not installed. */
  readonly nginx: string | null
  readonly haproxy: string | null
  readonly apache: string | null
}

export function readMachine(): Machine {
  const { stdout } = spawnSync('openssl', ['version'], { encoding: 'utf8' })
  return {
    cpu: cpuName(),
    cpus: cpus().length,
    node: process.version,
    loadAverage: short(loadavg()[0] as number),
    openssl: stdout.split(' ')[1] ?? 'unknown',
    nginx: nginxVersion(),
    haproxy: haproxyVersion(),
    apache: apacheVersion(),
  }
}

/** With its family and model where the system tells them: those that rent machines out keep the name short. */
function cpuName(): string {
  const name = cpus()[0]?.model.trim() ?? 'unknown'
  if (!existsSync(CPUS)) return name
  const told = readFileSync(CPUS, 'utf8')
  const [family, model] = ['cpu family', 'model'].map(
    (key) => new RegExp(`^${key}\\s*: (.+)$`, 'm').exec(told)?.[1],
  )
  return family === undefined ? name : `${name} (family ${family}, model ${model})`
}

const CPUS = '/proc/cpuinfo'

/** In a sentence. */
export function describeMachine(machine: Machine): string {
  const { cpu, cpus: count, node, openssl, nginx, haproxy, apache, loadAverage } = machine
  const others = [
    ['nginx', nginx],
    ['HAProxy', haproxy],
    ['Apache', apache],
  ].map(([name, version]) => (version === null ? `no ${name}` : `${name} ${version}`))
  const software = [`Node ${node}`, `OpenSSL ${openssl}`, ...others].join(', ')
  return `${cpu}, ${count} CPUs; ${software}; load average before ${loadAverage}.`
}
