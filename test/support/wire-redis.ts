import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { RedisPlace } from '../../src/services/redis/connection.ts'
import { listens, needs, run } from './wire-programs.ts'
import { freePort } from './wire-upstream.ts'

/** Whether redis-server is there. */
export function hasRedis(): boolean {
  return needs('redis-server', '--version')
}

/** A redis-server on 127.0.0.1. */
export interface TestRedis {
  readonly port: number
  readonly cli: (...args: readonly string[]) => Promise<string>
  /** It hangs, as a machine under too much load does. */
  readonly pause: () => void
  readonly resume: () => void
  /** Ends it at once and starts it anew, with what it has written to the disk. */
  readonly restart: () => Promise<void>
  readonly kill: () => Promise<void>
  readonly start: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** `options` as on its command line; `tls`: its certificate and who may connect, where its port speaks TLS alone; `asClient`: what redis-cli then takes. */
export async function startRedis(
  options: readonly string[] = [],
  tls: readonly string[] = [],
  asClient: readonly string[] = [],
): Promise<TestRedis> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startAt(await freePort(), options, tls, asClient)
    } catch (problem) {
      // A member of a cluster takes a second port, ten thousand above, which may be somebody's.
      if (attempt === ATTEMPTS) throw problem
    }
  }
}

async function startAt(
  port: number,
  options: readonly string[],
  tls: readonly string[],
  asClient: readonly string[],
): Promise<TestRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-redis-'))
  const ports = tls.length > 0 ? ['--port', '0', '--tls-port', `${port}`, ...tls] : ['--port', `${port}`]
  const args = ['--bind', '127.0.0.1', '--dir', folder, '--appendonly', 'no', '--save', '']
  let child: ChildProcess
  const end = () => child.kill('SIGKILL')
  const start = async () => {
    child = spawn('redis-server', [...args, ...ports, ...options], { stdio: 'ignore' })
    while (!(await listens(port))) {
      if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}`)
      await wait(20)
    }
  }
  const kill = async () => {
    const ended = once(child, 'exit')
    end()
    await ended
  }
  process.once('exit', end)
  await start()
  return {
    port,
    cli: async (...command) =>
      (await run('redis-cli', ['-p', `${port}`, ...asClient, ...command])).stdout.trim(),
    pause: () => child.kill('SIGSTOP'),
    resume: () => child.kill('SIGCONT'),
    start,
    kill,
    restart: async () => {
      await kill()
      await start()
    },
    stop: async () => {
      process.off('exit', end)
      if (child.exitCode === null && child.signalCode === null) await kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const ATTEMPTS = 5

/** Where it is, as whoever asks it takes it; over plain TCP, and as nobody. */
export function placeOf({ port }: Pick<TestRedis, 'port'>): RedisPlace {
  return { ...NOWHERE, url: `redis://127.0.0.1:${port}` }
}

/** The same of a cluster, by the host:port of its members. */
export function placeOfCluster(cluster: readonly string[]): RedisPlace {
  return { ...NOWHERE, cluster }
}

const NOWHERE: RedisPlace = {
  url: null,
  cluster: [],
  isPlaintext: true,
  username: null,
  password: null,
  ca: null,
  certificate: null,
  privateKey: null,
}

/** What a server is to hold at `PREFIX:since`, for `hset`, so that it judges what was made after that; by its INFO. */
export function knowingSince(since: number, info: string): readonly string[] {
  const parts = [/run_id:(\w+)/, /master_replid:(\w+)/, /evicted_keys:(\d+)/]
  const self = parts.map((part) => part.exec(info)?.[1]).join(' ')
  return ['self', self, 'since', `${since}`, 'life', '3600']
}
