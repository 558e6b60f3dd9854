import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { verifyFiles } from '../../../src/services/evidence/verify-files.ts'
import { aChain, aRecord, evidenceFolder } from '../../support/evidence.ts'

/** The line that opens the file, four records, and the line that closes it. */
let lines: readonly string[] = []

beforeAll(async () => {
  const directory = await evidenceFolder()
  const chain = await aChain({ directory })
  for (let at = 0; at < 4; at++) chain.append(aRecord())
  await chain.close()
  const [name] = await readdir(directory)
  lines = (await readFile(join(directory, name!), 'latin1')).trimEnd().split('\n')
  expect(lines).toHaveLength(6)
})

const damaged = (line: string) => line.replace('{', '[')
const DAMAGED = 'is not as it was written'

describe('evidence with a line that was damaged', () => {
  it.each<[string, (all: readonly string[]) => readonly string[], readonly string[]]>([
    ['is told once', (all) => all.with(1, damaged(all[1]!)), [`2 ${DAMAGED}`]],
    ['at its beginning, too', (all) => all.with(0, damaged(all[0]!)), [`1 ${DAMAGED}`]],
    [
      'hides no line that is missing behind it',
      (all) => all.with(1, damaged(all[1]!)).toSpliced(3, 1),
      [`2 ${DAMAGED}`, '4 does not follow the line before it (number 5 after 3)'],
    ],
    [
      'nor one that comes again',
      (all) => all.with(2, damaged(all[2]!)).toSpliced(3, 0, all[1]!),
      [`3 ${DAMAGED}`, '4 has number 2 after 2', '5 does not follow the line before it (number 4 after 2)'],
    ],
    ['and one that is not there opens nothing', (all) => all.slice(1), ['1 opens no chain']],
  ])('%s', async (_, change, expected) => {
    const path = join(await evidenceFolder(), 'evidence-t1-00000001.jsonl')
    await writeFile(path, `${change(lines).join('\n')}\n`, 'latin1')
    const { faults } = await verifyFiles([path])
    expect(faults.map(({ line, says }) => `${line} ${says}`)).toEqual(expected)
  })
})
