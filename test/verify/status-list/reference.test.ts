import { describe, expect, it } from 'vitest'
import { readStatusReference } from '../../../src/verify/status-list/reference.ts'
import { LIST_URI, statusClaim } from '../../support/status-list.ts'

const read = (idx: unknown, uri?: unknown) => readStatusReference(statusClaim(idx, uri)['status'])

/** A URI of so many characters. */
const long = (length: number) => 'https://as.bank.example/'.padEnd(length, 'a')

describe('readStatusReference', () => {
  it('reads index, URI and origin', () => {
    expect(read(0)).toEqual({ index: 0, uri: LIST_URI, origin: 'https://as.bank.example' })
    expect(read(7, 'https://STATUS.example:443/a?b=c')?.origin).toBe('https://status.example')
    expect(read(0, long(2048))?.uri).toBe(long(2048))
  })

  it.each([-1, 1.5, '0', null, undefined, 2 ** 53, Number.NaN])('refuses the index %s', (idx) => {
    expect(read(idx)).toBeUndefined()
  })

  it.each([
    '',
    7,
    null,
    'http://as.bank.example/1',
    'http://as.bank.example/https://as.bank.example/1',
    'HTTPS://as.bank.example/1',
    'https://',
    'https://as.bank.example/1#part',
    'https://as.bank.example\\@evil.example/1',
    'https://user@as.bank.example/1',
    'https://:password@as.bank.example/1',
    'https://as.bank.example/ 1',
    'https://as.bank.example/é',
    long(2049),
  ])('refuses the URI %s', (uri) => {
    expect(read(0, uri)).toBeUndefined()
  })

  it.each(['revoked', 7, null, [], {}, { identifier_list: { id: 'a', uri: LIST_URI } }, { status_list: [] }])(
    'refuses the status %j',
    (status) => {
      expect(readStatusReference(status)).toBeUndefined()
    },
  )
})
