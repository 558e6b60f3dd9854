import { describe, expect, it } from 'vitest'
import type { Document } from '../../../src/config/document.ts'
import { beginsToSpend, changesProofTimes } from '../../../src/runtime/reload/proof-times.ts'
import { restartNeeded } from '../../../src/runtime/reload/restart.ts'
import { changed, documentOf, SAMPLE } from '../../config/sample.ts'

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
      'each way for that of another route',
      routes(['/a', 'off'], ['/b', 'required']),
      routes(['/a', 'required'], ['/b', 'off']),
      true,
    ],
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

describe('beginsToSpend', () => {
  const noting = (...each: readonly [path: string, require: object | null, enforce?: string][]): Document =>
    ({
      signature_profiles: { answers: { request: 'off' }, strict: { request: { once: 'all' } } },
      routes: each.map(([path, require, enforce]) => ({
        path,
        enforce,
        ...(require === null ? {} : { require }),
      })),
    }) as unknown as Document
  const none = { proofs: false, signatures: false }
  const fapi2 = { signature: 'fapi2' }

  it.each([
    ['nothing changes', noting(['/a', fapi2], ['/**', null]), noting(['/**', null], ['/a', fapi2]), none],
    ['less is noted', noting(['/a', fapi2]), noting(['/a', {}]), none],
    ['a route that no request had', noting(['/a', {}]), noting(['/a', {}], ['/b', fapi2]), none],
    ['none to signatures', noting(['/a', {}]), noting(['/a', fapi2]), { proofs: false, signatures: true }],
    [
      'answers alone to both',
      noting(['/a', { signature: 'answers' }]),
      noting(['/a', fapi2]),
      { proofs: false, signatures: true },
    ],
    [
      'a profile that notes others',
      noting(['/a', fapi2]),
      noting(['/a', { signature: 'strict' }]),
      { proofs: false, signatures: true },
    ],
    [
      'a route of its own for what another took',
      noting(['/a/**', {}]),
      noting(['/a/**', {}], ['/a/{id}/pay', fapi2]),
      { proofs: false, signatures: true },
    ],
    [
      'a longer path of its own for what another took',
      noting(['/a/**', {}]),
      noting(['/a/**', {}], ['/a/b/pay', fapi2]),
      { proofs: false, signatures: true },
    ],
    ['public to protected', noting(['/a', null]), noting(['/a', {}]), { proofs: true, signatures: false }],
    [
      'watched to enforced',
      noting(['/a', fapi2, 'shadow']),
      noting(['/a', fapi2]),
      { proofs: true, signatures: true },
    ],
    [
      'a route less, which noted nothing',
      noting(['/a/b', {}], ['/a/**', fapi2]),
      noting(['/a/**', fapi2]),
      { proofs: false, signatures: true },
    ],
    [
      'a public route less',
      noting(['/a/b', null], ['/a/**', {}]),
      noting(['/a/**', {}]),
      { proofs: true, signatures: false },
    ],
    ['a route less, which noted as much', noting(['/a/b', {}], ['/a/**', {}]), noting(['/a/**', {}]), none],
    [
      'answers alone, for which nothing is noted',
      noting(['/a', {}]),
      noting(['/a', { signature: 'answers' }]),
      none,
    ],
    [
      'a name of its own for what another took',
      noting(['/a/{id}', {}]),
      noting(['/a/{id}', {}], ['/a/me', fapi2]),
      { proofs: false, signatures: true },
    ],
    ['beside a public one', noting(['/open', null]), noting(['/open', null], ['/a', fapi2]), none],
  ])('%s', (_, before, after, expected) => {
    expect(beginsToSpend(before, after)).toEqual(expected)
  })

  it.each([{ hosts: ['one'] }, { methods: ['GET'] }])('tells routes of one path apart by %o', (apart) => {
    const beside = { path: '/a', require: fapi2 }
    const where = (require: object) =>
      ({ signature_profiles: {}, routes: [{ path: '/a', require, ...apart }, beside] }) as unknown as Document
    expect(beginsToSpend(where({}), where(fapi2))).toEqual({ proofs: false, signatures: true })
  })
})

describe('restartNeeded', () => {
  const before = documentOf(SAMPLE)
  const paths = (text: string) =>
    [...restartNeeded(before, documentOf(text), { span: 75 })].map(({ path }) => path.join('.'))

  const limited = (limits: string) => changed('    tls:', `    limits: ${limits}\n    tls:`)

  it('nothing for what did not change, and for what a reload can do', () => {
    expect(paths(SAMPLE)).toEqual([])
    expect(paths(limited('{ header_count: 7, body_size: 1MiB }'))).toEqual([])
    expect(paths(changed('server.pem', 'other.pem'))).toEqual([])
    expect(paths(`drain_timeout: 1s\ncaches: { tokens: 100 }\nlog: { level: warn }\n${SAMPLE}`)).toEqual([])
  })

  it.each([
    ['threads', `threads: 1\n${SAMPLE}`],
    ['admin.bind', `admin: { bind: "127.0.0.1:1" }\n${SAMPLE}`],
    ['monitoring', `monitoring: { bind: "127.0.0.1:1" }\n${SAMPLE}`],
    ['replay.rate', `replay: { rate: 7 }\n${SAMPLE}`],
    ['listeners.0.name', changed('name: public', 'name: other')],
    ['listeners.0.bind', changed('bind: 0.0.0.0:8443', 'bind: 0.0.0.0:9443')],
    ['listeners.0.limits.idle_timeout', limited('{ max_streams: 7, body_size: 1MiB, idle_timeout: 2m }')],
    [
      'listeners.0.tls.client_certificate',
      changed(
        '      certificate:',
        '      client_certificate: optional\n      client_ca: ca.pem\n      certificate:',
      ),
    ],
  ])('%s', (path, text) => {
    expect(paths(text)).toEqual([path])
  })

  it('a listener more, and what was there and is no more', () => {
    const second = SAMPLE.slice(SAMPLE.indexOf('  - name'), SAMPLE.indexOf('issuers:'))
    const more = changed('issuers:', `${second.replace('public', 'second').replace('8443', '9443')}issuers:`)
    const watched = documentOf(`monitoring: { bind: "127.0.0.1:1" }\n${more}`)
    expect(paths(more)).toEqual(['listeners'])
    expect([...restartNeeded(watched, before, { span: 75 })].map(({ path }) => path)).toEqual([
      ['monitoring'],
      ['listeners'],
    ])
    const balanced = documentOf(changed('    tls:', '    proxy_protocol_from: 10.0.0.7\n    tls:'))
    expect([...restartNeeded(balanced, before, { span: 75 })].map(({ path }) => path)).toEqual([
      ['listeners', 0, 'proxy_protocol_from'],
    ])
  })

  it('a window that the ledger does not cover, and none that it does', () => {
    const withWindow = (age: string) => `${SAMPLE.trimEnd()}\n      dpop: { max_age: ${age} }\n`
    expect(paths(withWindow('61s'))).toEqual(['routes.0.require.dpop'])
    expect(paths(withWindow('20s'))).toEqual([])
    const narrower = documentOf(withWindow('20s'))
    expect([...restartNeeded(narrower, documentOf(withWindow('60s')), { span: 75 })]).toEqual([])
    expect([...restartNeeded(before, documentOf(withWindow('10m')), { span: 615 })]).toEqual([])
  })
})
