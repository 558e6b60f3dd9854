import { execFile } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { EvidenceRecord } from '../../src/domain/evidence-record.ts'
import type { Book } from './book.ts'

/** What was kept verifies as an auditor verifies it, and says the same as the upstreams do. */
export async function judgeEvidence(book: Book, directory: string): Promise<void> {
  const files = (await readdir(directory)).map((name) => join(directory, name))
  const { code, said } = await verified(files)
  if (code !== 0) book.violated('the evidence does not verify', `exit code ${code}: ${said}`)
  const { admitted, open, unsaid } = await readEvidence(files)
  book.came('evidence', `${files.length} files, ${said.trim().split('\n').at(-1)}`)
  if (open.size > 0) book.violated('what came of it is not in the evidence', `${open.size}: ${[...open][0]}`)
  if (unsaid.size > 0)
    book.violated('what was said of a token is not in the evidence', `${unsaid.size}: ${[...unsaid][0]}`)
  book.compareEvidence(admitted)
}

/** By interaction id what was let through; by exchange what has no answer, and what lacks that of the introspection endpoint. */
async function readEvidence(files: readonly string[]) {
  const admitted = new Set<string>()
  const open = new Set<string>()
  const unsaid = new Set<string>()
  // An exchange begins and ends in the files of one thread, which are in order by their names.
  for (const file of [...files].sort())
    for await (const line of createInterface({ input: createReadStream(file) })) {
      const { kind, exchange, interaction_id, route, signatures } = JSON.parse(line) as EvidenceRecord
      if (kind === 'request') {
        admitted.add(interaction_id)
        open.add(exchange)
        const wasAsked = route?.includes('/noted/') === true
        if (wasAsked && !signatures.some(({ by }) => by === 'issuer')) unsaid.add(exchange)
      } else if (kind === 'answer') open.delete(exchange)
    }
  return { admitted, open, unsaid }
}

function verified(files: readonly string[]): Promise<{ readonly code: number; readonly said: string }> {
  const holdfast = join(import.meta.dirname, '../../src/holdfast.js')
  const args = [holdfast, 'evidence', 'verify', ...files]
  return new Promise((resolve) => {
    const child = execFile(process.execPath, args, { maxBuffer: 64 * 1024 * 1024 }, (_, out, err) =>
      resolve({ code: child.exitCode ?? -1, said: out + err }),
    )
  })
}
