import { setTimeout as wait } from 'node:timers/promises'
import type { ProcessLog } from '../services/log/log.ts'

/**
 * Ends the process when its log is written. Where nobody takes it the process is killed instead: a write that is stuck in the
 * system cannot be called back, and the platform's exit waits for it.
 */
export async function endProcess(log: ProcessLog, code: number): Promise<never> {
  if (!(await log.written(LAST_WORDS))) kill()
  // The exit would wait for one of these too, for as long as a name server is silent, and `endAtLast` could not end that any more.
  while (isLookingUpNames()) await wait(AGAIN)
  return process.exit(code)
}

/** The last resort: ends the process after so many milliseconds, whatever still keeps it, such as a disk that does not answer. */
export function endAtLast(log: ProcessLog, after: number): void {
  setTimeout(async () => {
    log.error('did not end by itself, and is killed', { seconds: after / 1000 })
    await log.written(LAST_WORDS)
    kill()
  }, after).unref()
}

function isLookingUpNames(): boolean {
  return process.getActiveResourcesInfo().includes('GetAddrInfoReqWrap')
}

/** The first process of a container is deaf to its own signals, so it breaks off. */
function kill(): never {
  process.kill(process.pid, 'SIGKILL')
  process.abort()
}

/** Milliseconds. */
const LAST_WORDS = 1_000
const AGAIN = 50
