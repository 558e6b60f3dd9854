import { isDenial } from '../../../../src/domain/denial.ts'
import { digestField } from '../../../../src/verify/content-digest/answer.ts'
import { contentDigest, contentHasher } from '../../../../src/verify/content-digest/hasher.ts'
import { digestRule } from '../../../../src/verify/content-digest/match.ts'
import { NOW } from '../../../support/clock.ts'
import { aRequest } from '../../../support/request.ts'
import type { Micro } from '../micro.ts'

export function contentDigestMicros(): readonly Micro[] {
  const rule = digestRule('required')
  const judged = (title: string, body: Buffer, digested: Buffer, holds: boolean): Micro => {
    const field = digestField('sha-256', contentDigest('sha-256', [digested]))
    const facts = aRequest({
      fields: ['content-digest', field],
      hasBody: true,
      contentLength: body.length,
    })
    return {
      title: `content digest: ${title}`,
      once: () => {
        const check = rule(facts)
        if (check === undefined || isDenial(check)) throw new Error(title)
        const hasher = contentHasher(check.algorithms)
        hasher.add(body)
        const held = { blocks: [body], length: body.length, digests: hasher.digests(), trailers: [] }
        if ((check.check(held, NOW) === undefined) !== holds) throw new Error(title)
      },
    }
  }
  const [small, large] = [Buffer.alloc(1024, 'a'), Buffer.alloc(65_536, 'a')]
  return [
    judged('1 KiB, matches', small, small, true),
    judged('1 KiB, does not match', small, large, false),
    judged('64 KiB, matches', large, large, true),
  ]
}
