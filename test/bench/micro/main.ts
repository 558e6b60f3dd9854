import { aligned } from '../report/table.ts'
import { writeJson, writeSection } from '../report/write.ts'
import { decisionMicros } from './decision.ts'
import { type Micro, timed } from './micro.ts'
import { replayMicros } from './replay.ts'
import { accessTokenMicros } from './verify/access-token.ts'
import { authorityMicros } from './verify/authority.ts'
import { contentDigestMicros } from './verify/content-digest.ts'
import { dpopMicros } from './verify/dpop.ts'
import { joseMicros } from './verify/jose.ts'
import { messageSignatureMicros } from './verify/message-signature.ts'
import { mtlsMicros } from './verify/mtls.ts'
import { statusListMicros } from './verify/status-list.ts'

/** In the order of a request; one file for each folder of `src/verify`. */
export const MICROS: readonly (() => readonly Micro[])[] = [
  decisionMicros,
  accessTokenMicros,
  dpopMicros,
  mtlsMicros,
  statusListMicros,
  messageSignatureMicros,
  authorityMicros,
  contentDigestMicros,
  replayMicros,
  joseMicros,
]

/** Times every micro benchmark in this process, one after the other. */
export function measureMicros({ say, quick }: { say: (text: string) => void; quick: boolean }): void {
  const found = MICROS.flatMap((make) => make()).map((micro) => ({
    title: micro.title,
    micros: timed(micro, quick ? 3 : 15, quick ? 5 : 40),
  }))
  const table = aligned([
    ['', 'CPU µs a call', 'least', 'most'],
    ...found.map(({ title, micros: { median, least, most } }) => [
      title,
      ...[median, least, most].map(written),
    ]),
  ]).join('\n')
  say(table)
  if (quick) return
  writeSection('last micros', table)
  say(`written to ${writeJson('micros.json', found)}`)
}

function written(micros: number): string {
  return micros.toFixed(micros < 10 ? 2 : 1)
}
