import { expect, it } from 'vitest'
import { chainFiles } from '../../../src/services/evidence/chain-files.ts'
import { systemFiles } from '../../../src/services/evidence/files.ts'
import { verifyFiles } from '../../../src/services/evidence/verify-files.ts'
import { aChain, aRecord, evidenceFolder, SILENT } from '../../support/evidence.ts'

it('a disk that does not answer keeps nothing until it does, and nothing is lost', async () => {
  const directory = await evidenceFolder()
  const told: string[] = []
  const events = {
    ...SILENT,
    failed: ({ message }: Error) => void told.push(message),
    recovered: () => void told.push('recovered'),
  }
  let hung: Promise<void> | null = null
  const sync = async (file: number) => {
    await hung
    await systemFiles.sync(file)
  }
  const chain = await aChain({ directory, events, patience: 1_000, files: { ...systemFiles, sync } })
  await expect.poll(() => chain.unsynced).toBe(0)
  const { promise, resolve: answer } = Promise.withResolvers<void>()
  hung = promise
  chain.append(aRecord())
  expect(chain.isReady).toBe(true)
  await expect.poll(() => chain.isReady).toBe(false)
  chain.append(aRecord({ kind: 'answer' }))
  expect(told).toEqual(['the disk does not answer'])
  answer()
  await expect.poll(() => chain.isReady).toBe(true)
  await chain.close()
  expect(told).toEqual(['the disk does not answer', 'recovered'])
  const { faults, heads } = await verifyFiles(chainFiles([directory]))
  expect([faults, heads[0]?.hash]).toEqual([[], chain.head.hash])
})
