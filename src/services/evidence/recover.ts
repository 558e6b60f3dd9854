import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  truncateSync,
  unlinkSync,
} from 'node:fs'
import { join } from 'node:path'
import { CHAIN_FILE } from './chain-files.ts'
import { makeDirectory } from './directory.ts'
import type { EvidenceFiles } from './files.ts'
import { type ReadLine, readLine } from './line.ts'

/** Where a chain goes on. */
export interface Beginning {
  /** Identifies the chain; null: a new one begins. */
  readonly chain: string | null
  /** Number of the file that comes next. */
  readonly file: number
  /** Of the last line that is whole; 0 and null where there is none. */
  readonly n: number
  readonly prev: string | null
  /** How the files before ended. `crash`: they were not closed, so what was not yet on the disk is lost. */
  readonly before: 'nothing' | 'closed' | 'crash'
  /** What was behind the last whole line, and where it was put aside. */
  readonly torn: { readonly file: string; readonly octets: number } | null
}

/**
 * Finds the end of a thread's chain in the directory. What a crash has torn is put aside, not thrown away, and cut off, so that
 * the file ends with a whole line. Throws the system's error where the directory cannot be used, and where there is no room to put
 * anything aside: it is then as it was. Waits for the disk: before anything is served, or as nothing that needs evidence is.
 */
export function recoverChain(directory: string, thread: number, files: EvidenceFiles): Beginning {
  makeDirectory(directory)
  const numbers = readdirSync(directory).flatMap((name) => numberOf(name, thread))
  numbers.sort((one, other) => other - one)
  const file = (numbers[0] ?? 0) + 1
  let torn: Beginning['torn'] = null
  for (const number of numbers) {
    const path = join(directory, fileName(thread, number))
    const octets = readFileSync(path)
    const { last, end } = lastLine(octets)
    if (end < octets.length) {
      putAside(path, octets.subarray(end), end, files)
      torn ??= { file: `${fileName(thread, number)}.torn`, octets: octets.length - end }
    }
    if (last !== null) {
      // One that was closed because the next was to begin, and it did not, was cut off in between.
      const { kind, reason } = last.record
      const wasClosed = torn === null && number === numbers[0] && kind === 'close' && reason === 'end'
      const before = wasClosed ? 'closed' : 'crash'
      return { chain: chainOf(octets), file, n: last.n, prev: last.hash, before, torn }
    }
    // Made, and nothing came into it.
    unlinkSync(path)
  }
  return { chain: null, file, n: 0, prev: null, before: torn === null ? 'nothing' : 'crash', torn }
}

export function fileName(thread: number, number: number): string {
  return `evidence-t${thread}-${String(number).padStart(8, '0')}.jsonl`
}

function numberOf(name: string, thread: number): number[] {
  const [, of, number] = CHAIN_FILE.exec(name) ?? []
  return of === String(thread) ? [Number(number)] : []
}

/** The last line that is whole, and where it ends; looked for from the end, as only the end can be torn. */
function lastLine(octets: Buffer): { readonly last: ReadLine | null; readonly end: number } {
  for (let end = octets.lastIndexOf(LINE_FEED) + 1; end > 0; ) {
    const start = end < 2 ? 0 : octets.lastIndexOf(LINE_FEED, end - 2) + 1
    const line = readLine(octets.subarray(start, end - 1))
    if (line !== undefined) return { last: line, end }
    end = start
  }
  return { last: null, end: 0 }
}

/** First a copy that is on the disk, then the cut. */
function putAside(path: string, tail: Buffer, end: number, files: EvidenceFiles): void {
  const aside = openSync(`${path}.torn`, 'a', 0o600)
  const { size } = fstatSync(aside)
  try {
    // On a disk that is nearly full a write takes a part, and says no more than how much.
    for (let from = 0; from < tail.length; ) from += files.appendNow(aside, tail.subarray(from))
    fsyncSync(aside)
  } catch (problem) {
    // It is tried again, and what went there may be just what there is no room for.
    ftruncateSync(aside, size)
    throw problem
  } finally {
    closeSync(aside)
  }
  truncateSync(path, end)
}

/** Every file says in its first line which chain it is of. */
function chainOf(octets: Buffer): string | null {
  const chain = readLine(octets.subarray(0, octets.indexOf(LINE_FEED)))?.record['chain']
  return typeof chain === 'string' ? chain : null
}

const LINE_FEED = 10
