import type { JsonObject } from '../../codec/json.ts'
import { inOrder } from './chain-files.ts'
import { linesOf } from './file-lines.ts'
import { readLine } from './line.ts'

/** A record, and where it stands. */
export interface FoundRecord {
  readonly file: string
  /** From 1. */
  readonly line: number
  readonly n: number
  readonly hash: string
  readonly record: JsonObject
}

/** All records with this interaction id, in the order of the chain. Lines that are not as they were written are passed over. */
export async function findRecords(paths: readonly string[], interactionId: string): Promise<FoundRecord[]> {
  const found: FoundRecord[] = []
  const needle = Buffer.from(`"interaction_id":${JSON.stringify(interactionId)}`)
  for (const file of inOrder(paths)) {
    let line = 0
    for await (const { octets } of linesOf(file)) {
      line++
      const read = octets.includes(needle) ? readLine(octets) : undefined
      if (read?.record['interaction_id'] !== interactionId) continue
      found.push({ file, line, n: read.n, hash: read.hash, record: read.record })
    }
  }
  return found
}
