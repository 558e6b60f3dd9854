import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { listens } from '../../support/wire-programs.ts'
import { knowingSince } from '../../support/wire-redis.ts'
import { type Server, startServer } from './server.ts'

/** As `redis-server --version` says it; null where it is not installed. */
export function redisVersion(): string | null {
  const { stdout } = spawnSync('redis-server', ['--version'], { encoding: 'utf8' })
  return /v=(\d[\d.]*)/.exec(stdout ?? '')?.[1] ?? null
}

/** Starts Redis, in memory alone, as one that has known of proofs since long ago: else it judges none in its first seconds. */
export async function startRedis(folder: string, port: number): Promise<Server> {
  const options = ['--bind', '127.0.0.1', '--port', `${port}`, '--save', '', '--dir', folder]
  const server = await startServer(['redis-server', ...options], join(folder, 'redis.log'), () =>
    listens(port),
  )
  const cli = (...command: readonly string[]) =>
    execFileSync('redis-cli', ['-p', `${port}`, ...command], { encoding: 'utf8' })
  cli('hset', '{holdfast}:since', ...knowingSince(1, cli('info', 'everything')))
  return server
}
