import { describe, expect, it } from 'vitest'
import { normalAuthority, withoutPort } from '../../src/codec/authority.ts'

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
