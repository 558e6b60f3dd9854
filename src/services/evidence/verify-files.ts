import { inOrder } from './chain-files.ts'
import { checkRecord } from './check-record.ts'
import { linesOf } from './file-lines.ts'
import { type ReadLine, readLine } from './line.ts'

/** What is wrong, and where. */
export interface EvidenceFault {
  readonly file: string
  /** From 1; 0: the file as a whole. */
  readonly line: number
  /** The end of a sentence that begins with the place. */
  readonly says: string
}

export interface EvidenceFinding {
  readonly lines: number
  readonly exchanges: number
  readonly signatures: number
  /** What is as it was written, and has to be known all the same: crashes, gaps, files that are not here. */
  readonly remarks: readonly EvidenceFault[]
  readonly faults: readonly EvidenceFault[]
  /** The last line of each chain. */
  readonly heads: readonly { readonly chain: string; readonly n: number; readonly hash: string }[]
}

/** Where a chain stands while its files are read one after another. */
interface Standing {
  n: number
  hash: string
  /** Why the last line closed its file: `end`, or `rotation`, and then another follows; null: it did not. */
  closed: unknown
  /** Where the last line of it was read. */
  file: string
  line: number
}

/**
 * Reads evidence files from first to last and verifies all that is in them: each line by its hash, each link to the line before,
 * each signature by its key. Without a network, and in memory that does not grow with the files. Rejects where one cannot be read.
 */
export async function verifyFiles(paths: readonly string[]): Promise<EvidenceFinding> {
  const tally = { lines: 0, exchanges: 0, signatures: 0 }
  const remarks: EvidenceFault[] = []
  const faults: EvidenceFault[] = []
  const chains = new Map<string, Standing>()
  for (const path of inOrder(paths)) await verifyFile(path, chains, tally, remarks, faults)
  for (const { closed, file, line } of chains.values()) {
    if (closed !== 'end') remarks.push({ file, line, says: closed === null ? UNCLOSED : UNFOLLOWED })
  }
  const heads = [...chains].map(([chain, { n, hash }]) => ({ chain, n, hash }))
  return { ...tally, remarks, faults, heads }
}

async function verifyFile(
  file: string,
  chains: Map<string, Standing>,
  tally: { lines: number; exchanges: number; signatures: number },
  remarks: EvidenceFault[],
  faults: EvidenceFault[],
): Promise<void> {
  let standing: Standing | null = null
  /** After a fault the next line is believed, so that one fault is told once. */
  let mayFollow = false
  let line = 0
  const fault = (says: string) => faults.push({ file, line, says })
  for await (const { octets, isWhole } of linesOf(file)) {
    line++
    const read = isWhole ? readLine(octets) : undefined
    if (read === undefined) {
      fault(isWhole ? 'is not as it was written' : 'is cut off, or its line feed was changed')
      mayFollow = true
      continue
    }
    tally.lines++
    if (standing === null) {
      standing = begin(read, chains, (says) => remarks.push({ file, line, says }), fault, line === 1)
    } else if (!mayFollow && (read.prev !== standing.hash || read.n !== standing.n + 1)) {
      fault(`does not follow the line before it (number ${read.n} after ${standing.n})`)
    } else if (mayFollow && read.n <= standing.n) fault(`has number ${read.n} after ${standing.n}`)
    mayFollow = false
    standing.n = read.n
    standing.hash = read.hash
    standing.closed = read.record['kind'] === 'close' ? read.record['reason'] : null
    standing.file = file
    standing.line = line
    judge(read, tally, (says) => remarks.push({ file, line, says }), fault)
  }
  if (line === 0) faults.push({ file, line, says: 'is empty' })
}

/** The first line of a file: it opens it, and goes on where the file before ended. */
function begin(
  { n, prev, hash, record }: ReadLine,
  chains: Map<string, Standing>,
  remark: (says: string) => void,
  fault: (says: string) => void,
  isFirst: boolean,
): Standing {
  const chain = typeof record['chain'] === 'string' ? record['chain'] : ''
  if (record['kind'] !== 'open' || chain === '') {
    if (isFirst) fault('opens no chain')
    return { n, hash, closed: null, file: '', line: 0 }
  }
  const before = chains.get(chain)
  if (before === undefined && prev !== null)
    remark(`goes on after line ${n - 1} of its chain, in a file that is not here`)
  if (before !== undefined && (prev !== before.hash || n !== before.n + 1)) {
    fault(
      `does not follow the file before it (number ${n} after ${before.n}): one is missing, or was changed`,
    )
  }
  if (before?.closed === null && record['before'] === 'closed')
    fault('says that the file before was closed, and it was not')
  const standing = before ?? { n, hash, closed: null, file: '', line: 0 }
  chains.set(chain, standing)
  return standing
}

function judge(
  { record }: ReadLine,
  tally: { exchanges: number; signatures: number },
  remark: (says: string) => void,
  fault: (says: string) => void,
): void {
  switch (record['kind']) {
    case 'open':
      if (record['before'] === 'crash')
        remark(`begins after a crash: what was not on the disk by then is lost${tornText(record['torn'])}`)
      if (record['before'] === 'gone') remark(goneText(record['gone']))
      return
    case 'close':
      return
    case 'gap':
      return remark(`says that ${String(record['lost'])} records before it could not be kept`)
    case 'request':
    case 'refusal':
    case 'answer':
      if (record['kind'] !== 'answer') tally.exchanges++
      if (Array.isArray(record['signatures'])) tally.signatures += record['signatures'].length
      for (const says of checkRecord(record)) fault(says)
      return
    default:
      fault('is of a kind that is not known')
  }
}

function tornText(torn: unknown): string {
  if (typeof torn !== 'object' || torn === null) return ''
  const { file, octets } = torn as { readonly file?: unknown; readonly octets?: unknown }
  return `, and ${String(octets)} octets of a line that was not whole are in ${String(file)}`
}

function goneText(gone: unknown): string {
  const { file, records } = (gone ?? {}) as { readonly file?: unknown; readonly records?: unknown }
  return `begins as ${String(file)} was removed, moved or cut while it was written, with ${String(records)} records in it; any that came then are here`
}

const UNCLOSED = 'is the last line: the file is being written, or its end is missing'
const UNFOLLOWED = 'closes the file for the next one, which is not here'
