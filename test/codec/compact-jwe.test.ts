import { describe, expect, it } from 'vitest'
import { parseCompactJweHeader } from '../../src/codec/compact-jwe.ts'

const HEADER = 'eyJlbmMiOiJBMTI4R0NNIn0' // {"enc":"A128GCM"}

describe('parseCompactJweHeader (RFC 7516 §7.1)', () => {
  it.each([`${HEADER}.YQ.YQ.YQ.YQ`, `${HEADER}....`])('reads that of %s', (text) => {
    expect(parseCompactJweHeader(text)).toEqual({ enc: 'A128GCM' })
  })

  it.each([
    ['three parts', `${HEADER}.YQ.YQ`],
    ['four parts', `${HEADER}.YQ.YQ.YQ`],
    ['six parts', `${HEADER}.YQ.YQ.YQ.YQ.`],
    ['no header', '.YQ.YQ.YQ.YQ'],
    ['a header that is no object', 'W10.YQ.YQ.YQ.YQ'],
    ['a header with padding', `${HEADER}=.YQ.YQ.YQ.YQ`],
    ['stray bits in a part', `${HEADER}.YQ.YQ.YQ.YR`],
    ['another alphabet in a part', `${HEADER}.+Q.YQ.YQ.YQ`],
  ])('refuses %s', (_, text) => {
    expect(parseCompactJweHeader(text)).toBeUndefined()
  })
})
