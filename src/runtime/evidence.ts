import { statSync } from 'node:fs'
import { makeDirectory } from '../services/evidence/directory.ts'
import { EvidenceChain, type EvidenceOptions } from '../services/evidence/evidence-chain.ts'
import type { Log } from '../services/log/log.ts'
import type { Metrics } from '../services/metrics/metrics.ts'
import { canShare, holdName } from './addresses.ts'
import type { Settings } from './settings/settings.ts'

/**
 * Makes sure that no other Holdfast of this machine keeps evidence in the same directory: two would each go on with the same
 * chain. Rejects with a sentence.
 */
export async function holdEvidence({ document: { evidence } }: Settings): Promise<{ release(): void }> {
  if (evidence === undefined || !canShare) return { release: () => {} }
  try {
    makeDirectory(evidence.directory)
    const { dev, ino } = statSync(evidence.directory)
    const name = await holdName(`evidence ${dev} ${ino}`)
    return { release: () => void name.close() }
  } catch (problem) {
    const { code, message } = problem as NodeJS.ErrnoException
    throw new Error(
      `evidence.directory: ${code === 'EADDRINUSE' ? `another Holdfast writes in ${evidence.directory}` : message}`,
    )
  }
}

/** Opens the chain of evidence of a thread; null where the configuration has no place for it. Throws a sentence where that cannot be used. */
export function openEvidence(
  { document: { evidence } }: Settings,
  thread: number,
  log: Log,
  metrics: Metrics,
): EvidenceChain | null {
  if (evidence === undefined) return null
  try {
    const chain = new EvidenceChain({
      directory: evidence.directory,
      thread,
      rotateSize: evidence.rotate_size,
      rotateAge: evidence.rotate_age,
      syncInterval: evidence.sync_interval,
      queueSize: evidence.queue_size,
      isOptional: evidence.danger_continue_without,
      now: Date.now,
      events: eventsTo(evidence.directory, log, metrics),
    })
    metrics.evidence.watch({ unsynced: () => chain.unsynced, isReady: () => chain.isReady })
    return chain
  } catch (problem) {
    throw new Error(`evidence.directory: ${(problem as Error).message}`)
  }
}

/** Closes it, and tells the hash that its last line on the disk has. The thread is what the names of its files begin with. */
export async function closeEvidence(chain: EvidenceChain | null, thread: number, log: Log): Promise<void> {
  if (chain === null) return
  const records = await chain.close()
  const { n: line, hash: head } = chain.head
  if (chain.unsynced === 0) log.info('evidence closed', { thread, line, head })
  else log.error('evidence could not be closed', { thread, records, line, head })
}

/** Where the thread ends by a fault: writes what waits, without a line that closes. The next one says that there was a crash. */
export function leaveEvidence(chain: EvidenceChain | null, log: Log): void {
  const records = chain?.leave() ?? 0
  if (records > 0) log.error('evidence could not be written at the end of a thread', { records })
}

function eventsTo(directory: string, log: Log, metrics: Metrics): EvidenceOptions['events'] {
  return {
    began: ({ before, torn, n }, file) => {
      const fields = { file, before, after_line: n, torn: torn?.file ?? null }
      if (before === 'crash') log.warn('evidence goes on after a crash', fields)
      else log.info('evidence', fields)
    },
    rotated: ({ file, n, head }) => log.info('evidence file closed', { file, line: n, head }),
    gone: ({ file, records, n, head }) => {
      metrics.evidence.lost(records)
      log.error('evidence file is gone', { file, records, line: n, head })
    },
    unclosed: (path, { message }) =>
      log.warn('evidence file was not closed well', { path, problem: message }),
    failed: ({ message }) => log.error('evidence cannot be written', { directory, problem: message }),
    recovered: () => log.info('evidence can be written again'),
    lost: (count) => metrics.evidence.lost(count),
    gap: (count) => log.error('evidence was not kept', { records: count }),
  }
}
