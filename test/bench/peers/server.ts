import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { asServer } from '../load/pin.ts'

/** A server under test, as a process of its own. */
export interface Server {
  readonly pid: number
  /** Asks it to end; after ten seconds it is ended. Does nothing the second time. The code that it ended with; null: a signal. */
  stop(): Promise<number | null>
}

/** Starts a program, its output in `log`, and waits until `isUp`. It cannot outlive this process, however that ends. */
export async function startServer(
  command: readonly [string, ...string[]],
  log: string,
  isUp: () => Promise<boolean>,
): Promise<Server> {
  const output = openSync(log, 'w')
  const [program, ...args] = asServer(command)
  const child = spawn(program, args, { stdio: ['ignore', output, output] })
  closeSync(output)
  const ended = once(child, 'exit').then(([code]) => code as number | null)
  // Asked and not forced: a master of nginx that is killed leaves its worker behind.
  const end = () => child.kill('SIGTERM')
  process.once('exit', end)
  const stop = async () => {
    end()
    const timer = setTimeout(() => child.kill('SIGKILL'), STOPS_WITHIN)
    const code = await ended
    clearTimeout(timer)
    process.off('exit', end)
    return code
  }
  for (const deadline = Date.now() + STARTS_WITHIN; !(await isUp()); await wait(50)) {
    if (child.exitCode === null && Date.now() < deadline) continue
    await stop()
    throw new Error(`${command[0]} did not start:\n${readFileSync(log, 'utf8')}`)
  }
  return { pid: child.pid as number, stop }
}

/** Ports of 127.0.0.1 that are free now. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}

/** Milliseconds. */
const STARTS_WITHIN = 60_000
const STOPS_WITHIN = 10_000
