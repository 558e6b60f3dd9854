import { open, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { verifyFiles } from '../../../src/services/evidence/verify-files.ts'
import { aChain, aRecord, evidenceFolder } from '../../support/evidence.ts'

const EXCHANGES = 100_000

it('the evidence of 100,000 exchanges verifies, and one octet that was flipped in it is found and located', {
  timeout: 300_000,
}, async () => {
  const directory = await evidenceFolder()
  const chain = await aChain({ directory, rotateSize: 50_000_000, queueSize: 64_000_000 })
  for (let at = 0; at < EXCHANGES; at++) {
    const exchange = `exchange-${at}`
    chain.append(aRecord({ exchange }))
    chain.append(aRecord({ exchange, kind: 'answer', verdict: 'answered', status: 200, signatures: [] }))
    if (at % 1_000 === 0) while (chain.unsynced > 8_000_000) await wait(1)
  }
  await chain.close()
  const files = (await readdir(directory)).sort().map((name) => join(directory, name))
  expect(files.length).toBeGreaterThan(2)
  const whole = await verifyFiles(files)
  expect(whole).toMatchObject({ faults: [], exchanges: EXCHANGES, signatures: EXCHANGES })

  const [, second] = files as [string, string]
  const octets = await readFile(second)
  const place = Math.floor(octets.length / 2)
  const line = octets.subarray(0, place).toString('latin1').split('\n').length
  const file = await open(second, 'r+')
  await file.write(Buffer.from([(octets[place] as number) ^ 4]), 0, 1, place)
  await file.close()
  const { faults } = await verifyFiles([second])
  expect(faults[0]).toMatchObject({ file: second, line })
  await rm(directory, { recursive: true })
})
