import { setTimeout as wait } from 'node:timers/promises'
import type { ProcessLog } from '../services/log/log.ts'

/**
 * Ends the process when its log is written. Where nobody takes it the process is killed instead: a write that is stuck in the
 * system cannot be called back, and the platform's exit waits for it.
 */
export async function endProcess(log: ProcessLog, code: number): Promise<never> {
  const canExit = await namesAreFound(NAMES_WITHIN)
  if (!canExit) log.error('a name is still looked up, and the process is killed')
  if (!(await log.written(LAST_WORDS)) || !canExit) kill()
  return process.exit(code)
}

/** The same where nothing is to be lost: whatever starts meanwhile is cut. */
export async function endEarly(code: number): Promise<never> {
  if (!(await namesAreFound(A_MOMENT))) kill()
  return process.exit(code)
}

/**
 * Resolves with false where names are looked up for longer than so many milliseconds: the exit would wait for that as well, as long as a
 * name server is silent, and nothing could end it any more.
 */
async function namesAreFound(within: number): Promise<boolean> {
  for (const until = performance.now() + within; isLookingUpNames(); await wait(AGAIN))
    if (performance.now() > until) return false
  return true
}

/** The last resort: ends the process after so many milliseconds, whatever still keeps it, such as a disk that does not answer. */
export function endAtLast(log: ProcessLog, after: number): void {
  setTimeout(async () => {
    log.error('did not end by itself, and is killed', { seconds: after / 1000 })
    await Promise.race([log.written(LAST_WORDS), wait(LAST_WORDS)])
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
const NAMES_WITHIN = 3_000
const A_MOMENT = 200
const AGAIN = 50
