import {
  type BigIntStats,
  close,
  fdatasync,
  fstat,
  fstatSync,
  open,
  statSync,
  write,
  writeSync,
} from 'node:fs'
import { open as openFolder, stat, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'

/** What writing evidence asks of the system; what can fail there is tried by tests that give another. */
export interface EvidenceFiles {
  /** Makes a file that is not there yet, for its owner alone. Rejects, and leaves none, where that fails. */
  create(path: string): Promise<number>
  /** Writes all of it at this place; a part that was written before is written again. */
  write(file: number, octets: Buffer, position: number): Promise<void>
  /** Resolves when what was written would survive a loss of power. */
  sync(file: number): Promise<void>
  /** Whether the path leads to this file still, and so many octets are in it. */
  isAt(path: string, file: number, size: number): Promise<boolean>
  close(file: number): Promise<void>
  /** These wait for the system, for when nothing else can be done meanwhile. Writes at this place; answers how many octets went, perhaps not all. */
  writeNow(file: number, octets: Buffer, position: number): number
  isAtNow(path: string, file: number, size: number): boolean
}

export const systemFiles: EvidenceFiles = {
  create: async (path) => {
    const file = await promisify(open)(path, 'wx', 0o600)
    try {
      await syncFolder(dirname(path))
      return file
    } catch (problem) {
      await promisify(close)(file)
      await unlink(path)
      throw problem
    }
  },
  write: async (file, octets, position) => {
    for (let from = 0; from < octets.length; ) {
      const left = octets.length - from
      const { bytesWritten } = await promisify(write)(file, octets, from, left, position + from)
      from += bytesWritten
    }
  },
  sync: promisify(fdatasync),
  isAt: async (path, file, size) => {
    try {
      return isSame(await stat(path, BIG), await promisify(fstat)(file, BIG), size)
    } catch (problem) {
      return nothingThere(problem)
    }
  },
  close: promisify(close),
  writeNow: (file, octets, position) => writeSync(file, octets, 0, octets.length, position),
  isAtNow: (path, file, size) => {
    try {
      return isSame(statSync(path, BIG), fstatSync(file, BIG), size)
    } catch (problem) {
      return nothingThere(problem)
    }
  },
}

function isSame(there: BigIntStats, ours: BigIntStats, size: number): boolean {
  return there.ino === ours.ino && there.dev === ours.dev && there.size >= size
}

/** False where nothing is at the path; whatever else is wrong is thrown again. */
function nothingThere(problem: unknown): false {
  if (GONE.includes((problem as NodeJS.ErrnoException).code)) return false
  throw problem
}

/** Whether there was no room, which there may be later. */
export function isFull(problem: unknown): boolean {
  return FULL.includes((problem as NodeJS.ErrnoException).code)
}

/** Writes all of it. On a disk that is nearly full a write takes a part, and says no more than how much. */
export function writeAllNow(files: EvidenceFiles, file: number, octets: Buffer, position: number): void {
  for (let from = 0; from < octets.length; )
    from += files.writeNow(file, octets.subarray(from), position + from)
}

/** The name of a file is in its folder, and must survive as well. */
async function syncFolder(path: string): Promise<void> {
  const folder = await openFolder(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

const BIG = { bigint: true } as const
const FULL: readonly (string | undefined)[] = ['ENOSPC', 'EDQUOT']
const GONE: readonly (string | undefined)[] = ['ENOENT', 'ENOTDIR']
