import { mkdir, readdir, rename, rm, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { GoneFile } from '../../../src/services/evidence/chain-end.ts'
import type { EvidenceChain } from '../../../src/services/evidence/evidence-chain.ts'
import { systemFiles } from '../../../src/services/evidence/files.ts'
import { verifyFiles } from '../../../src/services/evidence/verify-files.ts'
import { aChain, aRecord, evidenceFolder, SILENT } from '../../support/evidence.ts'

const FIRST = 'evidence-t1-00000001.jsonl'

/** Three records on the disk, then this happens to the file, then one more comes. */
async function once(happens: (directory: string) => Promise<void>) {
  const directory = join(await evidenceFolder(), 'chain')
  const told: (GoneFile | string)[] = []
  const events = {
    ...SILENT,
    gone: (file: GoneFile) => void told.push(file),
    failed: ({ message }: Error) => void told.push(message),
    recovered: () => void told.push('recovered'),
  }
  const chain = await aChain({ directory, events })
  for (let at = 0; at < 3; at++) chain.append(aRecord())
  await synced(chain)
  const { n, hash: head } = chain.head
  await happens(directory)
  chain.append(aRecord({ interaction_id: 'late' }))
  return { directory, told, chain, gone: { file: FIRST, records: 3, n, head } }
}

async function synced(chain: EvidenceChain): Promise<void> {
  while (chain.unsynced > 0 || !chain.isReady) await wait(2)
}

async function verified(...folders: readonly string[]) {
  const names = await Promise.all(
    folders.map(async (folder) => (await readdir(folder)).map((name) => join(folder, name))),
  )
  return verifyFiles(names.flat())
}

const REMARK = `begins as ${FIRST} was removed, moved or cut while it was written, with 3 records in it; any that came then are here`

describe('a file of evidence that is gone while it is written', () => {
  it.each([
    ['removed', (directory: string) => rm(join(directory, FIRST))],
    ['cut', (directory: string) => truncate(join(directory, FIRST), 100)],
    ['moved', (directory: string) => rename(join(directory, FIRST), `${directory}-${FIRST}`)],
  ] as const)('%s: it is told, and what came then is in the next', async (how, happens) => {
    const { directory, told, chain, gone } = await once(happens)
    while (chain.isReady) await wait(1)
    await synced(chain)
    await chain.close()
    expect(told).toEqual([gone, `${join(directory, FIRST)} was removed, moved or cut`, 'recovered'])
    const { exchanges, faults, remarks, heads } = await verified(directory)
    expect(remarks.map(({ says }) => says)).toEqual([
      expect.stringContaining('in a file that is not here'),
      REMARK,
    ])
    expect(faults.map(({ file }) => file)).toEqual(how === 'cut' ? [join(directory, FIRST)] : [])
    expect([exchanges, heads[0]?.hash]).toEqual([1, chain.head.hash])
  })

  it('with its folder: nothing is kept until there is one, and nothing was lost where the old one is found', async () => {
    const { directory, told, chain, gone } = await once((folder) => rename(folder, `${folder}-away`))
    while (chain.isReady) await wait(1)
    await wait(30)
    expect([chain.isReady, told]).toEqual([false, [gone, expect.stringContaining('was removed')]])
    await mkdir(directory)
    await synced(chain)
    await chain.close()
    const { exchanges, faults, remarks, heads } = await verified(`${directory}-away`, directory)
    expect([exchanges, faults, remarks.map(({ says }) => says)]).toEqual([4, [], [REMARK]])
    expect(heads[0]?.hash).toBe(chain.head.hash)
  })

  it('while it is synced: the record is in both, where the old one is found', async () => {
    const directory = await evidenceFolder()
    const away = `${directory}-away`
    await mkdir(away)
    let happens = async () => {}
    const sync = (file: number) => happens().then(() => systemFiles.sync(file))
    const chain = await aChain({ directory, files: { ...systemFiles, sync } })
    await synced(chain)
    happens = async () => {
      happens = async () => {}
      await rename(join(directory, FIRST), join(away, FIRST))
    }
    chain.append(aRecord())
    await synced(chain)
    await chain.close()
    const { exchanges, faults } = await verified(away, directory)
    expect([exchanges, faults]).toEqual([2, []])
  })

  it('at the end: what was given is kept all the same', async () => {
    const { directory, chain } = await once((folder) => rm(join(folder, FIRST)))
    await chain.close()
    const { exchanges, faults } = await verified(directory)
    expect([chain.unsynced, exchanges, faults]).toEqual([0, 1, []])
  })
})
