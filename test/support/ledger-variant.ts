import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/**
 * The module of the shared ledger; `weakened`: without the second look at the table's header, after the exchange. What a
 * race is to find out must be found out where that look is missing.
 */
export function ledgerModule(folder: string, weakened: boolean): string {
  const source = join(import.meta.dirname, '../../src/services/replay/shared-ledger.ts')
  if (!weakened) return `${pathToFileURL(source)}`
  const text = readFileSync(source, 'utf8')
  const [before, between, after, ...more] = text.split(LOOK)
  if (before === undefined || between === undefined || after === undefined || more.length > 0)
    throw new Error('the ledger does not look twice at the header of a table')
  const shape = pathToFileURL(join(source, '../ledger-shape.ts'))
  const file = join(folder, 'weakened-ledger.ts')
  writeFileSync(file, `${before}${LOOK}${between}${after}`.replace('./ledger-shape.ts', `${shape}`))
  return `${pathToFileURL(file)}`
}

const LOOK = "if (!this.#isOpen(table, generation)) return 'unready'"
