import { open, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readLine } from '../../../src/services/evidence/line.ts'
import type { Beginning } from '../../../src/services/evidence/recover.ts'
import { aChain, aRecord, evidenceFolder, SILENT } from '../../support/evidence.ts'

const FIRST = 'evidence-t1-00000001.jsonl'
/** More than Node reads at once. The file has a hole there, so it takes no room. */
const LARGE = 3 * 1024 ** 3
/** More than we read at once. */
const BODY = 'x'.repeat(300_000)

async function closedChain() {
  const directory = await evidenceFolder()
  const chain = await aChain({ directory })
  chain.append(aRecord({ body: BODY }))
  await chain.close()
  const path = join(directory, FIRST)
  return { directory, path, octets: await readFile(path), head: chain.head }
}

async function beginning(directory: string): Promise<Beginning | undefined> {
  let told: Beginning | undefined
  const began = (beginning: Beginning) => {
    told = beginning
  }
  const chain = await aChain({ directory, events: { ...SILENT, began } })
  await chain.close()
  return told
}

it('a chain goes on after a file of any size', async () => {
  const { directory, path, octets, head } = await closedChain()
  const file = await open(path, 'r+')
  await file.write(octets, 0, octets.length, LARGE)
  await file.close()
  expect(await beginning(directory)).toEqual({
    chain: readLine(octets.subarray(0, octets.indexOf(10)))?.record['chain'],
    file: 2,
    n: head.n,
    prev: head.hash,
    before: 'closed',
    torn: null,
  })
})

it('a torn line of any length is put aside whole, and the line before it may have any', async () => {
  const { directory, path, octets } = await closedChain()
  const closing = octets.lastIndexOf(10, -2) + 1
  const torn = Buffer.alloc(BODY.length, 't')
  await writeFile(path, Buffer.concat([octets.subarray(0, closing), torn]))
  expect(await beginning(directory)).toMatchObject({
    n: 2,
    before: 'crash',
    torn: { file: `${FIRST}.torn`, octets: torn.length },
  })
  expect(await readFile(`${path}.torn`)).toEqual(torn)
  expect((await stat(path)).size).toBe(closing)
})
