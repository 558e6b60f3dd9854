import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readdirSync,
  truncateSync,
  unlinkSync,
} from 'node:fs'
import { join } from 'node:path'
import { CHAIN_FILE, fileName } from './chain-files.ts'
import { makeDirectory } from './directory.ts'
import { blocksOf, type FileEnds, readEnds } from './file-ends.ts'
import { type EvidenceFiles, writeAllNow } from './files.ts'
import type { ReadLine } from './line.ts'

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
    const { first, last, end, size } = cutTorn(path, files)
    if (end < size) torn ??= { file: `${fileName(thread, number)}.torn`, octets: size - end }
    if (last !== null) {
      // One that was closed because the next was to begin, and it did not, was cut off in between.
      const { kind, reason } = last.record
      const wasClosed = torn === null && number === numbers[0] && kind === 'close' && reason === 'end'
      const before = wasClosed ? 'closed' : 'crash'
      return { chain: chainOf(first), file, n: last.n, prev: last.hash, before, torn }
    }
    // Made, and nothing came into it.
    unlinkSync(path)
  }
  return { chain: null, file, n: 0, prev: null, before: torn === null ? 'nothing' : 'crash', torn }
}

function numberOf(name: string, thread: number): number[] {
  const [, of, number] = CHAIN_FILE.exec(name) ?? []
  return of === String(thread) ? [Number(number)] : []
}

/** Puts aside what is behind the last whole line: first a copy that is on the disk, then the cut. */
function cutTorn(path: string, files: EvidenceFiles): FileEnds {
  const file = openSync(path, 'r')
  try {
    const ends = readEnds(file)
    if (ends.end < ends.size) {
      putAside(`${path}.torn`, blocksOf(file, ends.end, ends.size), files)
      truncateSync(path, ends.end)
    }
    return ends
  } finally {
    closeSync(file)
  }
}

function putAside(path: string, blocks: Iterable<Buffer>, files: EvidenceFiles): void {
  const aside = openSync(path, 'a', 0o600)
  const { size } = fstatSync(aside)
  try {
    let end = size
    for (const block of blocks) {
      writeAllNow(files, aside, block, end)
      end += block.length
    }
    fsyncSync(aside)
  } catch (problem) {
    // It is tried again, and what went there may be just what there is no room for.
    ftruncateSync(aside, size)
    throw problem
  } finally {
    closeSync(aside)
  }
}

/** Every file says in its first line which chain it is of. */
function chainOf(first: ReadLine | null): string | null {
  const chain = first?.record['chain']
  return typeof chain === 'string' ? chain : null
}
