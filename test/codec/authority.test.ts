import { describe, expect, it } from 'vitest'
import { isAmong, isIpAddress, normalAuthority, withoutPort } from '../../src/codec/authority.ts'

describe('normalAuthority (RFC 3986 §6.2.2.1, §6.2.3)', () => {
  it.each([
    ['api.bank.example', 'api.bank.example'],
    ['API.Bank.Example', 'api.bank.example'],
    ['api.bank.example:443', 'api.bank.example'],
    ['api.bank.example:', 'api.bank.example'],
    ['api.bank.example:80', 'api.bank.example:80'],
    ['api.bank.example:08443', 'api.bank.example:8443'],
    ['my_service:8080', 'my_service:8080'],
    ['127.0.0.1:8443', '127.0.0.1:8443'],
    ['[::1]:443', '[::1]'],
    ['[2001:DB8:0:0::1]:8443', '[2001:db8::1]:8443'],
    ['[fe80::A]', '[fe80::a]'],
    ['[::ffff:192.0.2.1]', '[::ffff:c000:201]'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['a:65535', 'a:65535'],
  ])('writes %s as %s', (text, normal) => {
    expect(normalAuthority(text, 'https')).toBe(normal)
  })

  it('drops the port that belongs to the scheme, and no other', () => {
    expect(normalAuthority('a:80', 'http')).toBe('a')
    expect(normalAuthority('a:443', 'http')).toBe('a:443')
  })

  it.each([
    '',
    ':443',
    'user@a',
    'user:pass@a',
    'a b',
    'a\tb',
    'a/b',
    'a\\b',
    'a:b',
    'a:0',
    'a:65536',
    'a:999999',
    'a:008443',
    'a:-1',
    'a:443:443',
    'a,b',
    'ho!st',
    'ho!st:8443',
    'bü!cher.example',
    ...['bü/x', 'bü\\x', 'bü?x', 'bü#x', 'x@bü', 'bü x', 'bü\tx', 'bü\nx', 'bü[x', 'bü]x'],
    'a%2eb',
    '[::1',
    '::1',
    '[::g]',
    '[1.2.3.4]',
    'a\n',
  ])('refuses %j', (text) => {
    expect(normalAuthority(text, 'https')).toBeUndefined()
  })
})

it.each([
  ['a', 'a'],
  ['a:8443', 'a'],
  ['[::1]', '[::1]'],
  ['[::1]:8443', '[::1]'],
  ['127.0.0.1:80', '127.0.0.1'],
])('%s without its port is %s', (authority, host) => {
  expect(withoutPort(authority)).toBe(host)
})

it.each([
  ['a', ['a'], true],
  ['a:8443', ['a'], true],
  ['a:8443', ['b', 'a:8443'], true],
  ['a', ['a:8443'], false],
  ['a:8443', ['a:8444'], false],
])('%s among %j: %s', (authority, hosts, expected) => {
  expect(isAmong(authority, hosts)).toBe(expected)
})

it.each(['0.0.0.0', '192.0.2.1', '255.255.255.255', '::', '::1', '2001:DB8::a', '::ffff:192.0.2.1'])(
  '%s is an address',
  (text) => {
    expect(isIpAddress(text)).toBe(true)
  },
)

it.each([
  ...['', '1.2.3', '1.2.3.4.5', '1.2.3.4.', '256.1.1.1', '01.2.3.4', '1.2.3.4:80', 'a.b.c.d', '1234'],
  ...[':', '1', ':::', '1:2:3', '[::1]', '::1%eth0', '::1]', '::g', '1::2::3', `${'0:'.repeat(22)}:1`],
])('%j is no address', (text) => {
  expect(isIpAddress(text)).toBe(false)
})
