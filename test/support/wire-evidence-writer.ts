/** A process that writes evidence until it is killed, and tells the number of each line that is on the disk. */
import { setTimeout as wait } from 'node:timers/promises'
import { aChain, aRecord } from './evidence.ts'

const chain = await aChain({ directory: process.argv[2] as string, rotateSize: 100_000 })
for (;;) {
  for (let at = 0; at < 20; at++) {
    chain.append(aRecord())
    await null
  }
  while (chain.unsynced > 0) await wait(1)
  process.stdout.write(`${chain.head.n}\n`)
}
