import { describe, expect, it } from 'vitest'
import type { Document } from '../../src/config/document.ts'
import { changesProofTimes } from '../../src/runtime/proof-times.ts'
import { restartNeeded } from '../../src/runtime/restart.ts'
import { changed, documentOf, SAMPLE } from '../config/sample.ts'

const routes = (...each: readonly [path: string, nonce: string][]): Document =>
  ({ routes: each.map(([path, nonce]) => ({ path, require: { dpop: { nonce } } })) }) as unknown as Document

describe('changesProofTimes', () => {
  it.each([
    ['nothing', routes(['/a', 'off'], ['/b', 'required']), routes(['/b', 'required'], ['/a', 'off']), false],
    ['one way for all', routes(['/a', 'off']), routes(['/a', 'off'], ['/b', 'off']), false],
    ['optional for required', routes(['/a', 'optional']), routes(['/a', 'required']), false],
    ['off for required', routes(['/a', 'off']), routes(['/a', 'required']), true],
    ['required for off', routes(['/a', 'required']), routes(['/a', 'off']), true],
    [
      'a route less, whose requests fall to another',
      routes(['/a/b', 'required'], ['/a/**', 'off']),
      routes(['/a/**', 'off']),
      true,
    ],
    [
      'a route more, of the other way',
      routes(['/a/**', 'off']),
      routes(['/a/**', 'off'], ['/a/b', 'optional']),
      true,
    ],
  ])('%s', (_, before, after, expected) => {
    expect(changesProofTimes(before, after)).toBe(expected)
  })

  it('passes over public routes', () => {
    const open = { routes: [{ path: '/open' }] } as unknown as Document
    expect(changesProofTimes(open, routes(['/open', 'required']))).toBe(false)
  })
})

describe('restartNeeded', () => {
  const before = documentOf(SAMPLE)
  const paths = (text: string) =>
    [...restartNeeded(before, documentOf(text))].map(({ path }) => path.join('.'))

  it('nothing for what did not change, and for what a reload can do', () => {
    expect(paths(SAMPLE)).toEqual([])
    expect(paths(`drain_timeout: 1s\ncaches: { tokens: 100 }\nlog: { level: warn }\n${SAMPLE}`)).toEqual([])
  })

  it.each([
    ['threads', `threads: 1\n${SAMPLE}`],
    ['admin', `admin: { bind: "127.0.0.1:1" }\n${SAMPLE}`],
    ['replay', `replay: { rate: 7 }\n${SAMPLE}`],
    ['listeners.0', changed('bind: 0.0.0.0:8443', 'bind: 0.0.0.0:9443')],
  ])('%s', (path, text) => {
    expect(paths(text)).toEqual([path])
  })

  it('a window that the ledger does not cover, and none that it does', () => {
    const withWindow = (age: string) => `${SAMPLE.trimEnd()}\n      dpop: { max_age: ${age} }\n`
    expect(paths(withWindow('61s'))).toEqual(['routes.0.require.dpop'])
    expect(paths(withWindow('20s'))).toEqual([])
  })
})
