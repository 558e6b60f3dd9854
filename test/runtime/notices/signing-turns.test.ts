import { expect, it } from 'vitest'
import { noticeText, pathText } from '../../../src/config/problem.ts'
import { signingEnds, turnFaults, turnNotices } from '../../../src/runtime/notices/signing-turns.ts'
import type { Settings } from '../../../src/runtime/settings/settings.ts'
import { changed, documentOf, SAMPLE } from '../../config/sample.ts'
import { aKey } from '../../support/keys.ts'

const NOW = Date.UTC(2027, 5, 1) / 1000
const SIGNED = changed('      scope: accounts\n', '      scope: accounts\n      signature: fapi2\n')
const UNAVAILABLE = 'what routes[0] lets in is answered 503 SIGNING_UNAVAILABLE'
const { privateKey } = aKey('ES256', 'signing')

/** With keys of these terms, in a file whose clients sign. */
function settings(text: string, ...terms: readonly string[]): Settings {
  const keys = terms.map(
    (each, at) => `  - { key: k.pem, key_id: k${at}, algorithm: ES256${each && `, ${each}`} }\n`,
  )
  const signing = keys.length > 1 ? `signing:\n${keys.join('')}` : `signing: ${keys.join('').slice(4)}`
  const document = documentOf(`${text}clients: [{ client_id: c, jwks_file: c }]\n${signing}`)
  const signingKeys = document.signing.map((key) => ({
    ...{ keyId: key.key_id, algorithm: key.algorithm, key: privateKey, jwk: {}, hosts: key.hosts ?? null },
    signFrom: key.sign_from ?? null,
    signUntil: key.sign_until ?? null,
  }))
  return { document, signingKeys } as unknown as Settings
}

const told = (...given: Parameters<typeof settings>) =>
  [...turnNotices(settings(...given), NOW)].map(noticeText)
const refused = (...given: Parameters<typeof settings>) =>
  [...turnFaults(settings(...given), NOW)].map(
    ({ path, found, hint }) => `${pathText(path)}: ${found}; ${hint}`,
  )

it('a key whose turn is over is told at its end, and refused', () => {
  const until = 'sign_until: 2027-05-31T23:00:00Z'
  const found = 'one whose turn ended at 2027-05-31T23:00:00Z'
  expect(told(SIGNED, until)).toEqual([
    `signing.sign_until: no key has its turn, there is ${found}; ${UNAVAILABLE}`,
  ])
  expect(refused(SIGNED, until)).toEqual([`signing.sign_until: ${found}; ${UNAVAILABLE}`])
})

it.each([
  [
    'of several the last that ended',
    ['sign_until: 2027-02-01', 'sign_until: 2027-03-01'],
    'signing[1].sign_until',
  ],
  [
    'the next that begins',
    ['sign_until: 2027-03-01', 'sign_from: 2027-07-01', 'sign_from: 2027-06-02'],
    'signing[2].sign_from',
  ],
  [
    'one that is for the host before one for all',
    ['hosts: api.bank.example, sign_until: 2027-03-01', ''],
    'signing[0].sign_until',
  ],
  ['none for the host', ['hosts: pay.bank.example', 'hosts: pay.bank.example'], 'signing'],
])('%s', (_, terms, path) => {
  const text = SIGNED.replace(
    'https://api.bank.example',
    '[https://api.bank.example, https://pay.bank.example]',
  )
  const here = text.replace('    upstream: a', '    hosts: api.bank.example\n    upstream: a')
  expect(refused(here, ...terms)).toEqual([expect.stringMatching(new RegExp(`^${RegExp.escape(path)}: `))])
  expect(told(here, ...terms)).toHaveLength(1)
})

it('the end of the last turn is told two weeks before, and when it comes at any time', () => {
  const until = (day: string) => `sign_until: 2027-${day}`
  const says = `from 2027-06-14T00:00:00Z on no key has its turn; ${UNAVAILABLE}`
  expect(told(SIGNED, until('06-14'))).toEqual([`signing.sign_until: ${says}`])
  expect(told(SIGNED, until('06-03'), until('06-14'))).toEqual([`signing[1].sign_until: ${says}`])
  expect(told(SIGNED, until('06-14'), 'sign_from: 2027-06-20')).toEqual([`signing[1].sign_from: ${says}`])
  expect(told(SIGNED, until('06-15'))).toEqual([])
  expect(refused(SIGNED, until('06-14'))).toEqual([])
  const ends = (...terms: readonly string[]) => [...signingEnds(settings(SIGNED, ...terms), NOW)]
  expect(ends(until('11-01'))).toEqual([['signing.sign_until', Date.UTC(2027, 10, 1) / 1000]])
  expect(ends(until('11-01'), 'sign_from: 2027-10-01')).toEqual([])
  expect(ends(until('05-01'))).toEqual([['signing.sign_until', NOW]])
})

it.each([
  ['a key has its turn', SIGNED, ['sign_from: 2027-05-01, sign_until: 2027-07-01']],
  ['another takes over', SIGNED, ['sign_until: 2027-06-01', 'sign_from: 2027-06-01']],
  ['nothing signs', SAMPLE, ['sign_until: 2027-03-01']],
  [
    'requests alone are signed',
    `signature_profiles: { ours: { response: off } }\n${SIGNED.replace('fapi2', 'ours')}`,
    ['sign_until: 2027-03-01'],
  ],
  [
    'it only watches',
    SIGNED.replace('    upstream: a', '    enforce: shadow\n    upstream: a'),
    ['sign_until: 2027-03-01'],
  ],
])('nothing where %s', (_, text, terms) => {
  expect([told(text, ...terms), refused(text, ...terms)]).toEqual([[], []])
})

it('what the upstream is told under our signature is signed too', () => {
  const ended = 'sign_until: 2027-03-01'
  for (const how of ['identity: jwt', 'signature: {}']) {
    const text = changed('url: http://127.0.0.1:8080', `url: http://127.0.0.1:8080\n    ${how}`)
    expect(refused(text, ended)).toHaveLength(1)
    expect(refused(text, '')).toEqual([])
  }
})

it('several routes are counted', () => {
  const second = SIGNED.slice(SIGNED.indexOf('  - path')).replace('/accounts/**', '/payments/**')
  expect(told(`${SIGNED}${second}`, 'sign_until: 2027-03-01')[0]).toMatch(
    /; what routes\[0\] and 1 more let in is answered 503/,
  )
})
