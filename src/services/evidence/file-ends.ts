import { constants } from 'node:buffer'
import { fstatSync, readSync } from 'node:fs'
import { type ReadLine, readLine } from './line.ts'

/** The two ends of a file of evidence, which may be larger than what memory holds. */
export interface FileEnds {
  readonly first: ReadLine | null
  /** The last line that is whole, and where it ends: only the end can be torn. Octets, as the size. */
  readonly last: ReadLine | null
  readonly end: number
  readonly size: number
}

/** Reads no more of an open file than its first line and what comes from its last whole line on. */
export function readEnds(file: number): FileEnds {
  const { size } = fstatSync(file)
  const feed = feedAfter(file, 0, size)
  const first = feed < 0 ? null : lineAt(file, 0, feed)
  for (let end = feedBefore(file, size) + 1; end > 0; ) {
    const start = feedBefore(file, end - 1) + 1
    const last = lineAt(file, start, end - 1)
    if (last !== null) return { first, last, end, size }
    end = start
  }
  return { first, last: null, end: 0, size }
}

/** The octets from one place to another, in blocks that fit into memory. */
export function* blocksOf(file: number, from: number, to: number): Generator<Buffer> {
  for (let start = from; start < to; start += BLOCK) yield readAt(file, start, Math.min(start + BLOCK, to))
}

function lineAt(file: number, start: number, end: number): ReadLine | null {
  // More than a string can hold was never a line.
  if (end - start > constants.MAX_STRING_LENGTH) return null
  return readLine(readAt(file, start, end)) ?? null
}

/** Where the first line feed is in this part; -1: there is none. */
function feedAfter(file: number, from: number, to: number): number {
  let start = from
  for (const block of blocksOf(file, from, to)) {
    const at = block.indexOf(LINE_FEED)
    if (at >= 0) return start + at
    start += block.length
  }
  return -1
}

/** Where the last line feed is before this place; -1: there is none. */
function feedBefore(file: number, to: number): number {
  for (let end = to; end > 0; end -= BLOCK) {
    const start = Math.max(0, end - BLOCK)
    const at = readAt(file, start, end).lastIndexOf(LINE_FEED)
    if (at >= 0) return start + at
  }
  return -1
}

function readAt(file: number, start: number, end: number): Buffer {
  const octets = Buffer.allocUnsafe(end - start)
  let length = 0
  while (length < octets.length) {
    const read = readSync(file, octets, length, octets.length - length, start + length)
    if (read === 0) break
    length += read
  }
  return octets.subarray(0, length)
}

const LINE_FEED = 10
/** Octets: many lines, and little to read again for each line that is not whole. */
const BLOCK = 64 * 1024
