import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'

/** Whether a program of the system is there. Where it is not the reason is printed, and in CI that is a failure. */
export function needs(program: string, ...versionArgs: readonly string[]): boolean {
  const found = spawnSync(program, versionArgs, { stdio: 'ignore' }).status === 0
  if (found) return true
  const reason = `${program} is not installed, so what needs it is skipped`
  if (process.env['CI'] !== undefined) throw new Error(reason)
  process.stderr.write(`${reason}\n`)
  return false
}

/** A Python that can do this: that of the path, else that of the system; undefined (and in CI a failure) where none can. */
export function pythonWith(script: string): string | undefined {
  const able = (program: string) => spawnSync(program, ['-c', script], { stdio: 'ignore' }).status === 0
  const found = ['python3', '/usr/bin/python3'].find(able)
  return found ?? (needs('a Python for which this works', '-c', script) ? 'python3' : undefined)
}

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program to its end, with nothing or this text on its standard input. */
export async function run(program: string, args: readonly string[], input = ''): Promise<Ran> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], timeout: 60_000 })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const [code] = await once(child, 'close')
  return { code: code as number | null, stdout, stderr }
}

/** Whether something takes connections at this port of 127.0.0.1. */
export async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
