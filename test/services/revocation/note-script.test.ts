import { afterEach, describe, expect, it } from 'vitest'
import { EVERY, TAKEN_BACK } from '../../../src/services/revocation/note.ts'
import { TELL_SCRIPT } from '../../../src/services/revocation/note-script.ts'
import { hasRedis } from '../../support/wire-redis.ts'
import { aRedis, closeAll } from '../replicas-world.ts'

afterEach(closeAll)

const ENDS = '2000000000'

/** Each step: when it was said, what is meant, and whether it is news; then what is known. */
const COURSES: readonly (readonly [string, readonly (readonly [string, string, string])[], string])[] = [
  [
    'what was taken back is revoked anew by news, though it was said earlier',
    [
      ['200', TAKEN_BACK, 'news'],
      ['100', EVERY, 'news'],
    ],
    `201 ${ENDS} ${EVERY}`,
  ],
  [
    'and not by who tells again what was revoked before',
    [
      ['100', EVERY, 'news'],
      ['200', TAKEN_BACK, 'news'],
      ['100', EVERY, ''],
    ],
    `200 ${ENDS} ${TAKEN_BACK}`,
  ],
  [
    'who tells again that it was taken back does not undo what was revoked since',
    [
      ['200', TAKEN_BACK, 'news'],
      ['300', EVERY, 'news'],
      ['200', TAKEN_BACK, ''],
    ],
    `300 ${ENDS} ${EVERY}`,
  ],
  [
    'of two that were said at once the revocation holds',
    [
      ['200', EVERY, 'news'],
      ['200', TAKEN_BACK, 'news'],
    ],
    `200 ${ENDS} ${EVERY}`,
  ],
]

describe.skipIf(!hasRedis())('what Redis notes', () => {
  it.each(COURSES)('%s', async (_, steps, known) => {
    const redis = await aRedis()
    for (const [said, means, news] of steps)
      await redis.cli('eval', TELL_SCRIPT, '3', 'notes', 'changes', 'ends', '0', 'x', said, ENDS, means, news)
    expect(await redis.cli('hget', 'notes', 'x')).toBe(known)
  })
})
