import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Makes a directory for its owner alone, and those above it. One by one: Node's own way does not come back where the system has no
 * place for it.
 */
export function makeDirectory(path: string): void {
  if (existsSync(path)) return
  makeDirectory(dirname(path))
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (problem) {
    // Another thread was first.
    if ((problem as NodeJS.ErrnoException).code !== 'EEXIST') throw problem
  }
}
