import { appendFile, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { systemFiles } from '../../../src/services/evidence/files.ts'
import { verifyFiles } from '../../../src/services/evidence/verify-files.ts'
import { aChain, aRecord, evidenceFolder, SILENT } from '../../support/evidence.ts'

const FIRST = 'evidence-t1-00000001.jsonl'
const TAIL = Buffer.alloc(20_000, 't')

/** A folder whose chain ends with a line that is not whole. */
async function tornFolder() {
  const directory = await evidenceFolder()
  const chain = await aChain({ directory })
  chain.append(aRecord())
  await chain.close()
  const { size } = await stat(join(directory, FIRST))
  await appendFile(join(directory, FIRST), TAIL)
  return { directory, whole: size }
}

const error = (code: string) => Object.assign(new Error(`${code}: it failed`), { code })

describe('no room for what a crash has torn', () => {
  it.each(['ENOSPC', 'EDQUOT'])(
    '%s: nothing is kept until there is, and nothing else is changed',
    async (code) => {
      const { directory, whole } = await tornFolder()
      const told: string[] = []
      const events = {
        ...SILENT,
        began: () => void told.push('began'),
        failed: ({ message }: Error) => void told.push(message),
        recovered: () => void told.push('recovered'),
      }
      let isFull = true
      const writeNow = (file: number, octets: Buffer, position: number) => {
        if (!isFull) return systemFiles.writeNow(file, octets, position)
        // As the system does it: some octets are written before it says that there is no room.
        systemFiles.writeNow(file, octets.subarray(0, 4096), position)
        throw error(code)
      }
      const chain = await aChain({ directory, events, files: { ...systemFiles, writeNow } })
      expect([chain.isReady, chain.head]).toEqual([false, { n: 0, hash: '' }])
      chain.append(aRecord({ kind: 'answer' }))
      await wait(50)
      expect(told).toEqual([`${code}: it failed`])
      expect((await stat(join(directory, FIRST))).size).toBe(whole + TAIL.length)
      expect((await stat(join(directory, `${FIRST}.torn`))).size).toBe(0)
      isFull = false
      while (!chain.isReady || chain.unsynced > 0) await wait(2)
      await chain.close()
      expect(told).toEqual([`${code}: it failed`, 'began', 'recovered'])
      expect(await readFile(join(directory, `${FIRST}.torn`))).toEqual(TAIL)
      const names = (await readdir(directory)).filter((name) => name.endsWith('.jsonl'))
      const { faults, heads } = await verifyFiles(names.map((name) => join(directory, name)))
      expect([faults, heads[0]?.hash]).toEqual([[], chain.head.hash])
    },
  )

  it.each([
    ['is put aside whole', 1_000_000, true],
    ['is not cut off where there is room for a part of it alone', 12_288, false],
  ])('what a disk takes in parts %s', async (_, room, isPutAside) => {
    const { directory, whole } = await tornFolder()
    const writeNow = (file: number, octets: Buffer, position: number) => {
      if (room === 0) throw error('ENOSPC')
      const taken = systemFiles.writeNow(file, octets.subarray(0, Math.min(room, 4096)), position)
      room -= taken
      return taken
    }
    const chain = await aChain({ directory, files: { ...systemFiles, writeNow } })
    expect(chain.isReady).toBe(isPutAside)
    await chain.close()
    const aside = await readFile(join(directory, `${FIRST}.torn`))
    expect([(await stat(join(directory, FIRST))).size, aside.length]).toEqual(
      isPutAside ? [whole, TAIL.length] : [whole + TAIL.length, 0],
    )
  })

  it('any other error is one of the start', async () => {
    const { directory } = await tornFolder()
    const writeNow = () => {
      throw error('EIO')
    }
    await expect(aChain({ directory, files: { ...systemFiles, writeNow } })).rejects.toThrow('EIO')
  })

  it('where there is none until the end, the end is one without a chain', async () => {
    const { directory } = await tornFolder()
    const writeNow = () => {
      throw error('ENOSPC')
    }
    const chain = await aChain({ directory, files: { ...systemFiles, writeNow } })
    await chain.close()
    expect(chain.unsynced).toBeGreaterThan(0)
  })
})
