import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Notice } from '../../../src/config/problem.ts'
import { ToldNotices } from '../../../src/runtime/notices/told-notices.ts'

const ENDS: Notice = {
  path: ['listeners', 0, 'tls', 'client_crl', 0],
  says: 'a revocation list ends on 2026-11-30',
}
const ENDED: Notice = { ...ENDS, says: 'a revocation list ended on 2026-11-30' }
const OPEN: Notice = {
  path: ['routes', 0, 'danger_public'],
  says: 'no credential is asked for on this route',
}
const PLACE = 'listeners[0].tls.client_crl[0]: '
const LATER = 600_000

let there: readonly Notice[]
let told: string[]
let notices: ToldNotices

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  there = []
  told = []
  notices = new ToldNotices({ warn: (text) => void told.push(text) }, () => there)
})

afterEach(() => {
  notices.stop()
  vi.useRealTimers()
})

/** What is told within ten minutes of there being these. */
function toldLater(...these: readonly Notice[]): string[] {
  told = []
  there = these
  vi.advanceTimersByTime(LATER)
  return told
}

it('tells all of them when it is asked to, also again', () => {
  notices.tell([OPEN, ENDS])
  notices.tell([OPEN])
  const open = 'routes[0].danger_public: no credential is asked for on this route'
  expect(told).toEqual([open, `${PLACE}a revocation list ends on 2026-11-30`, open])
})

it('tells in between what has become so, once', () => {
  notices.tell([OPEN])
  expect(toldLater(OPEN, ENDS)).toEqual([`${PLACE}${ENDS.says}`])
  expect(toldLater(OPEN, ENDS)).toEqual([])
  expect(toldLater(OPEN, ENDED)).toEqual([`${PLACE}${ENDED.says}`])
})

it('tells it again where it was over in between', () => {
  expect(toldLater(ENDS)).toHaveLength(1)
  expect(toldLater()).toEqual([])
  expect(toldLater(ENDS)).toHaveLength(1)
})

it('tells nothing any more once it is stopped', () => {
  notices.stop()
  expect(toldLater(ENDED)).toEqual([])
})
