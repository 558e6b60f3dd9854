import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, it } from 'vitest'
import { verifyFiles } from '../../../src/services/evidence/verify-files.ts'
import { aChain, aRecord, evidenceFolder } from '../../support/evidence.ts'
import { ROOT } from '../../support/gateway.ts'

describe('a process that is killed while it writes', () => {
  it('loses nothing that was on the disk, and the next one says that it was killed', async () => {
    const directory = await evidenceFolder()
    let kept = 0
    for (let time = 0; time < 3; time++) {
      const child = spawn(process.execPath, ['test/support/wire-evidence-writer.ts', directory], {
        cwd: ROOT,
      })
      let told = 0
      for await (const line of createInterface({ input: child.stdout })) {
        kept = Math.max(kept, Number(line))
        if (++told === 12) break
      }
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    const chain = await aChain({ directory })
    expect(chain.head.n).toBeGreaterThanOrEqual(kept)
    chain.append(aRecord())
    await chain.close()
    const names = (await readdir(directory)).filter((name) => name.endsWith('.jsonl'))
    const found = await verifyFiles(names.map((name) => join(directory, name)))
    expect(found.faults).toEqual([])
    expect(found.heads).toEqual([{ chain: expect.any(String), ...chain.head }])
    const crashes = found.remarks.filter(({ says }) => says.startsWith('begins after a crash'))
    expect([crashes.length, found.remarks.length]).toEqual([3, 3])
  })
})
