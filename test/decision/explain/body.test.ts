import { hash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { Evidence } from '../../../src/decision/evidence.ts'
import { compareBody, compareContent } from '../../../src/decision/explain/body.ts'
import type { Judged } from '../../../src/decision/explain/explain.ts'
import type { HeldBody } from '../../../src/domain/held-body.ts'
import { detailCovers } from '../../../src/verify/authority/details.ts'
import { parsePointer } from '../../../src/verify/authority/pointer.ts'
import type { Rule } from '../../../src/verify/authority/rule.ts'
import { scopesGranted } from '../../../src/verify/authority/scope.ts'
import { matchBody } from '../../../src/verify/authority/value-match.ts'
import { D } from '../../../src/verify/content-digest/denials.ts'
import { NOW } from '../../support/clock.ts'
import { aRequest } from '../../support/request.ts'
import { aRoute, demands } from '../../support/route.ts'

const digestOf = (text: string) => hash('sha256', text, 'base64')
const sum = matchBody('/sum', parsePointer('/sum'), 'decimal', '/sum', parsePointer('/sum'))
const ofBody = detailCovers({ type: 'payment', lists: [], matches: [sum] }, 'authorization_details[0]')

/** A body `abc`, and what was said of it. */
function judged(fields: string[], changes: Partial<Judged> = {}, rules: Rule[] = []): Judged {
  const evidence = new Evidence()
  evidence.route = aRoute({ demands: demands({ authority: rules }) })
  const digests: HeldBody['digests'] = new Map([['sha-256', Buffer.from(digestOf('abc'), 'base64')]])
  const body = { blocks: [], length: 3, digests, trailers: [] }
  return { facts: aRequest({ fields, hasBody: true }), evidence, body, refused: null, now: NOW, ...changes }
}

const named = (judged: Judged) => [...compareBody(judged)].map(({ what }) => what)
const about = (what: string, judged: Judged) => [...compareBody(judged)].find((each) => each.what === what)

describe('of a body', () => {
  it('the digest is told that it has, and the one that was said', () => {
    const other = ['Content-Digest', `sha-256=:${digestOf('other')}:`]
    expect(
      about('sha-256 of the body (content-digest)', judged(other, { refused: D.DIGEST_MISMATCH })),
    ).toEqual({
      codes: ['DIGEST_MISMATCH'],
      what: 'sha-256 of the body (content-digest)',
      came: digestOf('abc'),
      wanted: digestOf('other'),
    })
  })

  it('a digest that differs where none is asked for is not told, nor one that nobody made', () => {
    const sha512 = Buffer.alloc(64).toString('base64')
    const fields = ['Repr-Digest', `sha-256=:${digestOf('other')}:, sha-512=:${sha512}:`]
    expect(named(judged(fields))).toEqual(['trailers', 'Content-Digest'])
    expect(about('Content-Digest', judged(fields))?.came).toBe(fields[1])
  })

  it('trailers are told by their names', () => {
    const body = { ...judged([]).body!, trailers: ['X-A', '1', 'X-B', '2'] }
    expect(about('trailers', judged([], { body }))?.came).toBe('X-A X-B')
    expect(about('trailers', judged([]))?.came).toBe('none')
  })

  it('what its rules look at is told where it has some, and what was no JSON', () => {
    expect(named(judged([], {}, [scopesGranted(['a'])]))).toEqual(['trailers', 'Content-Digest'])
    const rules = [scopesGranted(['a']), ofBody]
    expect(named(judged([], {}, rules))).toEqual(['trailers', 'Content-Digest', 'JSON', ofBody.name])
  })

  it('the head says whether one comes, and of what type', () => {
    const told = (hasBody: boolean, rules: Rule[]) => {
      const facts = aRequest({ hasBody, fields: ['Content-Type', 'text/plain'] })
      return [...compareContent(judged([], { facts }, rules))].map(({ what, came }) => [what, came])
    }
    expect(told(true, [scopesGranted(['a'])])).toEqual([['Content-Digest', null]])
    const type = ['Content-Type', 'text/plain']
    expect(told(true, [ofBody]).slice(1)).toEqual([['body', 'one comes'], type])
    expect(told(false, [ofBody]).slice(1)).toEqual([['body', 'none'], type])
  })
})
