import { decideBody } from '../decision/decide-body.ts'
import { D } from '../decision/denials.ts'
import type { Admission } from '../decision/verdict.ts'
import type { Denial } from '../domain/denial.ts'
import type { HeldBody } from '../domain/held-body.ts'
import type { RequestFacts } from '../domain/request-facts.ts'
import { contentHasher } from '../verify/content-digest/hasher.ts'
import { isCutShort, isEmpty } from './body.ts'
import type { Exchange } from './exchange.ts'
import { HeldOctets } from './held-octets.ts'
import type { Services } from './serve.ts'
import { clientOf } from './share-holder.ts'

/**
 * Judges the body of a request as a rule that only watches would: on a copy that is made as it flows, so that it neither
 * waits nor is refused. Without room for the copy, or where the body never became whole, nothing is said of it. Resolves when
 * it was judged or will not be; undefined where there is nothing to judge.
 */
export function watchBody(
  exchange: Exchange,
  admission: Admission,
  { watchedBodies, now }: Services,
  refused: (denial: Denial) => void,
): Promise<void> | undefined {
  const { holds } = admission
  if (holds === null) return undefined
  const { downstream, held } = exchange
  const hasher = contentHasher(holds.algorithms)
  const judge = (blocks: readonly Buffer[], length: number) => {
    for (const block of blocks) hasher.add(block)
    const body: HeldBody = { blocks, length, digests: hasher.digests(), trailers: downstream.trailers }
    const objection = decideBody(admission, body, now())
    if (objection !== undefined) refused(objection)
  }
  if (held !== null) return void judge(held.blocks, held.length)
  if (isEmpty(downstream, exchange.facts as RequestFacts)) return void judge([], 0)
  return new Promise((resolve) => {
    // Its client has another share for what is enforced, or what is only watched could have that refused.
    const copy = new HeldOctets(watchedBodies.of(`watched ${clientOf(exchange)}`), null)
    const { body } = downstream
    const over = () => {
      body.off('data', onData)
      body.off('end', onEnd)
      body.off('close', over)
      copy.release()
      resolve()
    }
    const onData = (part: Buffer) => {
      if (copy.length + part.length > holds.limit) {
        refused(D.BODY_TOO_LARGE)
        over()
      } else if (!copy.add(part)) over()
    }
    const onEnd = () => {
      copy.close()
      if (!isCutShort(body)) judge(copy.blocks, copy.length)
      over()
    }
    // Whoever forwards it sets it going; listening must not.
    body.pause()
    body.on('data', onData)
    body.once('end', onEnd)
    body.once('close', over)
  })
}
