import { runRow } from './load/load.ts'
import { summarise } from './report/profile.ts'
import { ROWS } from './rows.ts'
import { openStage } from './stage.ts'

/**
 * One row against a gateway that samples itself; says where its CPU time went. A profile counts time and not CPU time, so
 * the gateway does not have to share its CPU while it is taken.
 */
export async function profileRow(key: string, folder: string, say: (text: string) => void): Promise<void> {
  const known = ROWS.filter(({ peer }) => peer === 'open' || peer === 'mtls')
  const row = known.find((each) => each.key === key)
  if (row === undefined) {
    throw new Error(
      `there is no row “${key}” to profile; there are ${known.map((each) => each.key).join(', ')}`,
    )
  }
  const stage = await openStage({ folder, profiled: true, empty: false })
  try {
    await runRow(row, stage, SIZE)
  } finally {
    await stage.close()
  }
  say(`${row.title}\n${summarise(folder)}`)
}

const SIZE = { warmUp: 2_100, requests: 39_999, connections: 32 }
