import { readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'

/** The paths, and for each that is a folder those of the files of chains in it. Throws a sentence where it has none. */
export function chainFiles(paths: readonly string[]): readonly string[] {
  return paths.flatMap((path) => (isFolder(path) ? filesIn(path) : [path]))
}

/** By the numbers in their names, wherever they were moved to since. */
export function inOrder(paths: readonly string[]): string[] {
  const keyOf = (path: string) => `${basename(path)}\0${path}`
  return [...paths].sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1))
}

function filesIn(folder: string): string[] {
  const names = readdirSync(folder).filter((name) => CHAIN_FILE.test(name))
  if (names.length === 0) throw new Error(`${folder} has no file evidence-t….jsonl in it.`)
  return names.map((name) => join(folder, name))
}

/** That a file is not there is said by whoever reads it. */
function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

/** The name of a file of a chain; both are numbered from 1. */
export function fileName(thread: number, number: number): string {
  return `evidence-t${thread}-${String(number).padStart(8, '0')}.jsonl`
}

/** Such a name: of which thread, and which file. */
export const CHAIN_FILE = /^evidence-t(\d+)-(\d{8})\.jsonl$/
