import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, it } from 'vitest'
import { chainFiles } from '../../../src/services/evidence/chain-files.ts'
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

describe('what a crash has left', () => {
  it.each([
    ['an empty file behind one that was closed', 2, '', ''],
    ['octets behind the line that closes', 1, '{"n":', ', and 5 octets of a line'],
  ])('%s are told as one', async (_, number, octets, says) => {
    const directory = await evidenceFolder()
    await (await aChain({ directory })).close()
    await appendFile(join(directory, `evidence-t1-0000000${number}.jsonl`), octets)
    await (await aChain({ directory })).close()
    const found = await verifyFiles(chainFiles([directory]))
    expect([found.faults, found.remarks.length]).toEqual([[], 1])
    expect(found.remarks[0]?.says).toContain(
      `begins after a crash: what was not on the disk by then is lost${says}`,
    )
  })

  it('a chain of which no line is whole begins anew, and says so', async () => {
    const directory = await evidenceFolder()
    await writeFile(join(directory, 'evidence-t1-00000001.jsonl'), '{"n":')
    const chain = await aChain({ directory })
    await chain.close()
    const found = await verifyFiles([join(directory, 'evidence-t1-00000002.jsonl')])
    expect(found).toMatchObject({ faults: [], heads: [{ n: 2 }] })
    expect(found.remarks.map(({ says }) => says)).toEqual([expect.stringContaining('begins after a crash')])
  })
})
