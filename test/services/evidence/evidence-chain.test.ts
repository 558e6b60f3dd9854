import { appendFile, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { systemFiles } from '../../../src/services/evidence/files.ts'
import { readLine } from '../../../src/services/evidence/line.ts'
import { verifyFiles } from '../../../src/services/evidence/verify-files.ts'
import { aChain, aRecord, evidenceFolder, SILENT } from '../../support/evidence.ts'

async function pathsIn(directory: string): Promise<string[]> {
  return (await readdir(directory)).sort().map((name) => join(directory, name))
}

async function linesIn(directory: string): Promise<Record<string, unknown>[]> {
  const texts = await Promise.all(
    (await pathsIn(directory))
      .filter((path) => path.endsWith('.jsonl'))
      .map((path) => readFile(path, 'utf8')),
  )
  return texts.flatMap((text) =>
    text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, unknown>),
  )
}

describe('a chain of evidence', () => {
  it('has a line for each record, each with the hash of the one before', async () => {
    const directory = await evidenceFolder()
    const chain = await aChain({ directory })
    for (let at = 0; at < 3; at++) chain.append(aRecord({ interaction_id: `id-${at}` }))
    await chain.close()
    const lines = await linesIn(directory)
    expect(lines.map(({ kind, n }) => [kind, n])).toEqual([
      ['open', 1],
      ['request', 2],
      ['request', 3],
      ['request', 4],
      ['close', 5],
    ])
    expect(lines.map(({ prev }) => prev)).toEqual([null, ...lines.slice(0, -1).map(({ hash }) => hash)])
    const [path] = await pathsIn(directory)
    expect((await readFile(path as string)).subarray(-1).toString()).toBe('\n')
    expect(chain.unsynced).toBe(0)
  })

  it('goes on from file to file, by size and by age, and over a restart', async () => {
    const directory = await evidenceFolder()
    let time = 1_700_000_000_000
    const heads: string[] = []
    const rotated = ({ head }: { readonly head: string }) => void heads.push(head)
    const events = { ...SILENT, rotated }
    const options = { directory, rotateSize: 4_000, rotateAge: 60_000, now: () => time, events }
    const first = await aChain(options)
    for (let at = 0; at < 8; at++) first.append(aRecord())
    time += 60_000
    first.append(aRecord())
    await first.close()
    const second = await aChain(options)
    second.append(aRecord())
    await second.close()
    const paths = await pathsIn(directory)
    expect(paths.length).toBeGreaterThanOrEqual(4)
    const found = await verifyFiles(paths)
    expect(found).toMatchObject({ faults: [], remarks: [], exchanges: 10, signatures: 10 })
    expect(found.heads).toEqual([{ chain: expect.any(String), n: found.lines, hash: second.head.hash }])
    expect(heads).toHaveLength(paths.length - 2)
    const kinds = (await linesIn(directory)).filter(({ kind }) => kind === 'open').map(({ before }) => before)
    expect(kinds).toEqual(['nothing', ...paths.slice(1).map(() => 'closed')])
  })

  it('has files for its owner alone, each for its time', async () => {
    const directory = await evidenceFolder()
    let time = 1_700_000_000_000
    const chain = await aChain({ directory, rotateAge: 60_000, now: () => time })
    for (const later of [0, 60_000, 59_999, 1]) {
      time += later
      chain.append(aRecord())
    }
    await chain.close()
    const paths = await pathsIn(directory)
    expect(paths).toHaveLength(3)
    for (const path of paths) expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it('is of its thread alone', async () => {
    const directory = await evidenceFolder()
    const chains = await Promise.all([1, 2].map((thread) => aChain({ directory, thread })))
    for (const chain of chains) chain.append(aRecord())
    for (const chain of chains) await chain.close()
    const found = await verifyFiles(await pathsIn(directory))
    expect([found.faults, found.heads.length]).toEqual([[], 2])
  })
})

describe('after a crash', () => {
  async function torn(tear: (octets: Buffer) => Buffer) {
    const directory = await evidenceFolder()
    const chain = await aChain({ directory })
    for (let at = 0; at < 3; at++) chain.append(aRecord())
    await chain.close()
    const [path] = (await pathsIn(directory)) as [string]
    const octets = await readFile(path)
    // As if it had ended before the line that closes.
    const open = octets.subarray(0, octets.lastIndexOf(10, -2) + 1)
    await writeFile(path, tear(open))
    const next = await aChain({ directory })
    next.append(aRecord())
    await next.close()
    return {
      directory,
      open,
      found: await verifyFiles((await pathsIn(directory)).filter((each) => each.endsWith('.jsonl'))),
    }
  }

  it('it goes on, and says that there was one', async () => {
    const { found } = await torn((octets) => octets)
    expect([found.faults, found.exchanges]).toEqual([[], 4])
    expect(found.remarks).toEqual([
      {
        file: expect.stringContaining('-00000002'),
        line: 1,
        says: expect.stringContaining('begins after a crash'),
      },
    ])
  })

  it('a torn line is put aside and named, and nothing before it is lost', async () => {
    for (const cut of [1, 100, 700]) {
      const { found, directory, open } = await torn((octets) => octets.subarray(0, octets.length - cut))
      expect([found.faults, found.exchanges]).toEqual([[], 3])
      const whole = open.lastIndexOf(10, -2) + 1
      const aside = await readFile(join(directory, 'evidence-t1-00000001.jsonl.torn'))
      expect(aside.equals(open.subarray(whole, open.length - cut))).toBe(true)
      expect(found.remarks[0]?.says).toContain(
        `${aside.length} octets of a line that was not whole are in evidence-t1-00000001.jsonl.torn`,
      )
    }
  })

  it('octets that the disk never got are found as well', async () => {
    const { found } = await torn((octets) => {
      const damaged = Buffer.from(octets)
      return damaged.fill(0, octets.lastIndexOf(10, -2) + 1)
    })
    expect([found.faults, found.exchanges]).toEqual([[], 3])
  })

  it('between two files is one as well', async () => {
    const directory = await evidenceFolder()
    const chain = await aChain({ directory, rotateSize: 1 })
    chain.append(aRecord())
    await chain.close()
    await rm(join(directory, 'evidence-t1-00000002.jsonl'))
    const next = await aChain({ directory })
    await next.close()
    const found = await verifyFiles(await pathsIn(directory))
    expect([found.faults, found.remarks[0]?.says]).toEqual([
      [],
      expect.stringContaining('begins after a crash'),
    ])
  })

  it('a file into which nothing came is no file', async () => {
    const directory = await evidenceFolder()
    const chain = await aChain({ directory })
    chain.append(aRecord())
    await chain.close()
    await appendFile(join(directory, 'evidence-t1-00000001.jsonl'), '{"')
    await writeFile(join(directory, 'evidence-t1-00000002.jsonl'), '{"n":')
    const next = await aChain({ directory })
    await next.close()
    const aside = [1, 2].map((n) => join(directory, `evidence-t1-0000000${n}.jsonl.torn`))
    expect(await Promise.all(aside.map((path) => readFile(path, 'utf8')))).toEqual(['{"', '{"n":'])
    const found = await verifyFiles((await pathsIn(directory)).filter((each) => each.endsWith('.jsonl')))
    expect(found.faults).toEqual([])
    expect(found.remarks[0]?.says).toMatch(/ 5 octets .* in evidence-t1-00000002\.jsonl\.torn$/)
  })
})

describe('a disk that takes nothing', () => {
  const full = () => Promise.reject(Object.assign(new Error('no space left on device'), { code: 'ENOSPC' }))

  function told() {
    const events: string[] = []
    return {
      events,
      listener: {
        ...SILENT,
        failed: ({ message }: Error) => void events.push(message),
        recovered: () => void events.push('recovered'),
        gap: (count: number) => void events.push(`lost ${count}`),
      },
    }
  }

  it('is said once, and nothing that was let through is lost when there is room again', async () => {
    const directory = await evidenceFolder()
    const { events, listener } = told()
    let isFull = false
    // As the system does it: some octets are written before it says that there is no room.
    const files = {
      ...systemFiles,
      write: async (file: number, octets: Buffer, position: number) => {
        if (!isFull) return systemFiles.write(file, octets, position)
        await systemFiles.write(file, octets.subarray(0, 10), position)
        return full()
      },
    }
    const chain = await aChain({ directory, files, events: listener })
    chain.append(aRecord())
    for (; chain.unsynced > 0; ) await wait(5)
    isFull = true
    expect(chain.isReady).toBe(true)
    chain.append(aRecord())
    for (; chain.isReady; ) await wait(5)
    chain.append(aRecord({ kind: 'answer' }))
    chain.append(aRecord({ kind: 'refusal' }))
    chain.append(aRecord({ kind: 'refusal' }))
    await wait(50)
    isFull = false
    for (; !chain.isReady; ) await wait(5)
    chain.append(aRecord())
    await chain.close()
    const found = await verifyFiles(await pathsIn(directory))
    expect([found.faults, found.exchanges, found.signatures]).toEqual([[], 3, 4])
    expect(found.remarks.map(({ says }) => says)).toEqual(['says that 2 records before it could not be kept'])
    expect(events).toEqual(['no space left on device', 'recovered', 'lost 2'])
  })

  it('where evidence is optional what could not be kept is counted, and the count is kept', async () => {
    const directory = await evidenceFolder()
    const { events, listener } = told()
    let isFull = true
    const files = { ...systemFiles, sync: (file: number) => (isFull ? full() : systemFiles.sync(file)) }
    const chain = await aChain({ directory, files, events: listener, isOptional: true })
    for (; chain.isReady; ) await wait(5)
    for (let at = 0; at < 5; at++) chain.append(aRecord())
    isFull = false
    for (; !chain.isReady; ) await wait(5)
    chain.append(aRecord())
    await chain.close()
    const found = await verifyFiles(await pathsIn(directory))
    expect([found.faults, found.exchanges]).toEqual([[], 1])
    expect(events).toEqual(['no space left on device', 'recovered', 'lost 5'])
    expect(found.remarks[0]?.says).toBe('says that 5 records before it could not be kept')
  })

  it('so much may wait and no more', async () => {
    const files = { ...systemFiles, sync: () => new Promise<void>(() => {}) }
    const chain = await aChain({ files, queueSize: 5_000 })
    let taken = 0
    for (; chain.isReady; taken++) chain.append(aRecord())
    expect(taken).toBeLessThan(7)
    const before = chain.unsynced
    for (let at = 0; at < 100; at++) chain.append(aRecord({ kind: 'refusal' }))
    expect(chain.unsynced).toBe(before)
  })

  it('a directory that is gone is one, until it is there again', async () => {
    const directory = await evidenceFolder()
    const chain = await aChain({ directory: join(directory, 'deep'), rotateSize: 1 })
    for (; chain.unsynced > 0; ) await wait(5)
    await rm(join(directory, 'deep'), { recursive: true })
    chain.append(aRecord())
    for (; chain.isReady; ) await wait(5)
    await aChain({ directory: join(directory, 'deep'), thread: 9 }).then((other) => other.close())
    for (; !chain.isReady || chain.unsynced > 0; ) await wait(5)
    await chain.close()
    const paths = (await pathsIn(join(directory, 'deep'))).filter((path) => path.includes('-t1-'))
    expect((await verifyFiles(paths)).faults).toEqual([])
  })
})

describe('readLine', () => {
  it('takes nothing but a line as it was written', () => {
    for (const text of ['', '{}', '{"n":1,"prev":null}', `{"n":1,"hash":"${'A'.repeat(43)}"}`])
      expect(readLine(Buffer.from(text))).toBeUndefined()
  })
})
