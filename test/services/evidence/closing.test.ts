import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { closeEvidence } from '../../../src/runtime/evidence.ts'
import type { EvidenceChain, EvidenceOptions } from '../../../src/services/evidence/evidence-chain.ts'
import { systemFiles } from '../../../src/services/evidence/files.ts'
import { verifyFiles } from '../../../src/services/evidence/verify-files.ts'
import type { Log } from '../../../src/services/log/log.ts'
import { aChain, aRecord, evidenceFolder, SILENT } from '../../support/evidence.ts'

/** A chain with one record on a disk that has taken nothing since. */
async function onFullDisk(isOptional: boolean) {
  const directory = await evidenceFolder()
  const told = { lost: 0, gaps: [] as number[] }
  const events = {
    ...SILENT,
    lost: (count: number) => {
      told.lost += count
    },
    gap: (count: number) => void told.gaps.push(count),
  }
  let isFull = false
  const write = (file: number, octets: Buffer, position: number) =>
    isFull ? Promise.reject(new Error('no space left on device')) : systemFiles.write(file, octets, position)
  const chain = await aChain({ directory, events, isOptional, files: { ...systemFiles, write } })
  chain.append(aRecord())
  while (chain.unsynced > 0) await wait(2)
  isFull = true
  chain.append(aRecord())
  while (chain.isReady) await wait(2)
  return { directory, chain, told }
}

async function closed(chain: EvidenceChain): Promise<unknown[]> {
  const said: unknown[] = []
  const say = (level: string) => (message: string, fields?: object) =>
    void said.push([level, message, fields])
  await closeEvidence(chain, 1, { info: say('info'), error: say('error') } as unknown as Log)
  return said
}

describe('an end while the disk takes nothing', () => {
  it('tells how many records are lost, and a hash that is one of the chain from then on', async () => {
    const { directory, chain, told } = await onFullDisk(false)
    chain.append(aRecord({ kind: 'answer' }))
    const said = await closed(chain)
    const { n: line, hash: head } = chain.head
    expect(said).toEqual([['error', 'evidence could not be closed', { thread: 1, records: 2, line, head }]])
    expect([line, told]).toEqual([2, { lost: 2, gaps: [] }])
    const next = await aChain({ directory })
    expect(next.head).toEqual(chain.head)
    expect(await closed(next)).toEqual([
      ['info', 'evidence closed', { thread: 1, line: 4, head: next.head.hash }],
    ])
    const paths = (await readdir(directory)).map((name) => join(directory, name))
    expect(await verifyFiles(paths)).toMatchObject({ faults: [], heads: [{ n: 4, hash: next.head.hash }] })
  })

  it('tells what passed without evidence: in the metric as it happens, in the log at the latest then', async () => {
    const { chain, told } = await onFullDisk(true)
    for (let at = 0; at < 3; at++) chain.append(aRecord())
    expect(told).toEqual({ lost: 3, gaps: [] })
    const { n: line, hash: head } = chain.head
    expect(await closed(chain)).toEqual([
      ['error', 'evidence could not be closed', { thread: 1, records: 1, line, head }],
    ])
    expect(told).toEqual({ lost: 4, gaps: [3] })
  })
})

it('a file that cannot be closed is told, and nothing else comes of it', async () => {
  const directory = await evidenceFolder()
  const told: unknown[] = []
  const unclosed = (path: string, { message }: Error) => void told.push([path, message])
  const failed = ({ message }: Error) => void told.push(message)
  const close = async (file: number) => {
    await systemFiles.close(file)
    throw new Error('disk quota exceeded')
  }
  const files = { ...systemFiles, close }
  const events = { ...SILENT, unclosed, failed }
  const chain = await aChain({ directory, files, events, rotateSize: 1 })
  chain.append(aRecord())
  chain.append(aRecord())
  while (chain.unsynced > 0) await wait(2)
  expect(chain.isReady).toBe(true)
  await chain.close()
  const paths = (await readdir(directory)).sort().map((name) => join(directory, name))
  expect(paths).toHaveLength(3)
  expect(told).toEqual(paths.map((path) => [path, 'disk quota exceeded']))
  expect(await verifyFiles(paths)).toMatchObject({ faults: [], remarks: [], exchanges: 2 })
})

describe('an end without a moment to wait', () => {
  async function left(changes: Partial<EvidenceOptions>, record: Parameters<typeof aRecord>[0] = {}) {
    const directory = await evidenceFolder()
    const chain = await aChain({ directory, syncInterval: 60_000, ...changes })
    // The line that opens the file.
    while (chain.unsynced > 0) await wait(2)
    for (let at = 0; at < 3; at++) chain.append(aRecord(record))
    const lost = chain.leave()
    const paths = (await readdir(directory)).map((name) => join(directory, name))
    return { lost, found: await verifyFiles(paths), directory }
  }

  it('what waits is written all the same', async () => {
    const { lost, found, directory } = await left({})
    expect([lost, found.exchanges, found.faults]).toEqual([0, 3, []])
    expect((await aChain({ directory })).head.n).toBe(4)
  })

  it('however much that is', async () => {
    const { lost, found } = await left({}, { body: 'A'.repeat(800_000) })
    expect([lost, found.exchanges, found.faults]).toEqual([0, 3, []])
  })

  it('as far as it goes into the file that is open; the rest is counted', async () => {
    const { lost, found } = await left({ rotateSize: 2_000 })
    expect([lost + found.exchanges, found.faults]).toEqual([3, []])
    expect(lost).toBeGreaterThan(0)
  })

  it('while it is closed that is told by the end, and nothing is written beside it', async () => {
    const writes: number[] = []
    const writeNow = (file: number, octets: Buffer, position: number) => {
      writes.push(octets.length)
      return systemFiles.writeNow(file, octets, position)
    }
    const chain = await aChain({ files: { ...systemFiles, writeNow } })
    chain.append(aRecord())
    const closing = chain.close()
    expect([chain.leave(), writes, await closing]).toEqual([0, [], 0])
  })

  it('where the file is gone or cut it is counted, and nothing is written behind a hole', async () => {
    const gone = await left({ files: { ...systemFiles, isAtNow: () => false } })
    expect([gone.lost, gone.found.exchanges, gone.found.faults]).toEqual([3, 0, []])
  })

  it('where the disk takes nothing it is counted', async () => {
    const writeNow = () => {
      throw new Error('no space left on device')
    }
    const { lost, found } = await left({ files: { ...systemFiles, writeNow } })
    expect([lost, found.exchanges, found.faults]).toEqual([3, 0, []])
  })
})
