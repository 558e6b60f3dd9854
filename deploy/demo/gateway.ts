import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { listen } from './listen.ts'
import type { Settings } from './settings.ts'

/** Holdfast itself, as a process of its own. */
export interface Gateway {
  /** The file that its output goes to. */
  readonly log: string
  /** Resolves once it answers /readyz with 200; fails when it ends, or is not ready in time. */
  readonly ready: () => Promise<void>
  /** Lets it drain for three seconds, then ends it. */
  readonly stop: () => Promise<void>
}

/** Starts `node src/main.ts --config config/demo.yaml`. It cannot outlive this process, however that ends. */
export async function startGateway(settings: Settings): Promise<Gateway> {
  // It would say so itself, in its log; here the sentence is seen.
  for (const port of [settings.gateway, settings.admin]) {
    const probe = createServer()
    await listen(probe, port)
    probe.close()
    await once(probe, 'close')
  }

  const log = join(settings.output, 'gateway.log')
  const output = openSync(log, 'w', 0o600)
  const child = spawn(process.execPath, ['src/main.ts', '--config', 'config/demo.yaml'], {
    cwd: settings.root,
    stdio: ['ignore', output, output],
  })
  closeSync(output)
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)

  return {
    log,
    ready: () => untilReady(child, `http://127.0.0.1:${settings.admin.number}/readyz`, log),
    stop: async () => {
      await end(child)
      process.removeListener('exit', kill)
    },
  }
}

async function untilReady(child: ChildProcess, url: string, log: string): Promise<void> {
  const deadline = Date.now() + READY_MS
  while (Date.now() < deadline) {
    if (hasEnded(child)) throw new Error(`Holdfast ended before it was ready. ${lastWords(log)}`)
    const response = await fetch(url).catch(() => undefined)
    await response?.body?.cancel()
    if (response?.status === 200) return
    await wait(50)
  }
  throw new Error(`Holdfast was not ready within ${READY_MS / 1000} seconds. ${lastWords(log)}`)
}

async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), DRAIN_MS)
  await ended
  clearTimeout(timer)
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

function lastWords(log: string): string {
  const lines = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-15)
  return `The end of ${log}:\n${lines.join('\n')}`
}

const READY_MS = 60_000
const DRAIN_MS = 3_000
