import { describe, expect, it } from 'vitest'
import {
  differingParts,
  isQuery,
  normalTarget,
  readPath,
  sameTarget,
  withoutSecrets,
} from '../../src/codec/target-uri.ts'
import { vectors } from '../support/vectors.ts'

describe('readPath', () => {
  it.each([
    ['/', '/'],
    ['/accounts', '/accounts'],
    ['/accounts/', '/accounts/'],
    ['/accounts/%61dmin', '/accounts/admin'],
    ['/%7euser', '/~user'],
    ['/price/%e2%82%ac', '/price/%E2%82%AC'],
    ['/a.b/..c/...', '/a.b/..c/...'],
    ["/a:b@c!$&'()*+,=", "/a:b@c!$&'()*+,="],
    ['/a%20b', '/a%20b'],
    ['/a%c3%a9%F0%9F%98%80', '/a%C3%A9%F0%9F%98%80'],
    ['/100%25', '/100%25'],
    ['/100%25%20sure', '/100%25%20sure'],
    ['/5%25az', '/5%25az'],
    ['/a-b_c~d.e/0', '/a-b_c~d.e/0'],
    ['/%41%7A%30%2D%2E%5F%7E', '/Az0-._~'],
  ])('reads %s as %s', (raw, normal) => {
    expect(readPath(raw)).toEqual({ normal, hasParameters: false })
  })

  it.each(['/a;v=1', '/a;v=1/b', '/;v=1', '/a/;v=1'])('sees the parameters of %s', (raw) => {
    expect(readPath(raw)).toMatchObject({ hasParameters: true })
  })

  it.each([
    ['dot segments', ['/./a', '/a/.', '/a/../b', '/..', '/a/..']],
    ['encoded dot segments', ['/%2e%2e/a', '/a/%2E./b', '/a/.%2e', '/%2e']],
    ['dot segments with parameters', ['/a/..;/b', '/a/..;x=1', '/.;/a', '/%2e%2e;/a']],
    ['empty segments', ['//', '//a', '/a//b', '/a//']],
    ['empty segments with parameters', ['/;/a', '/a/;x=1/b', '/a/;;/']],
    ['encoded slashes', ['/a%2fb', '/a%2Fb', '/%2f']],
    ['encoded backslashes', ['/a%5cb', '/..%5C..']],
    ['encoded parameters', ['/a%3Bv=1', '/a%3bv=1', '/a/%3bx/b', '/a/..%3B/b', '/%2e%2e%3b/a', '/a;%3B']],
    [
      'what ends a path for who decodes it too early',
      ['/a%3Fb', '/a%3f', '/a/%2e%2e%3f', '/a%23b', '/..%23'],
    ],
    ['encoded control characters', ['/a%00', '/a%0d%0aX', '/a%1fb', '/a%7Fb']],
    [
      'escapes that are no UTF-8',
      ['/%c0%ae%c0%ae/a', '/a%c0%af', '/a/%e0%80%af', '/%FF', '/a%C3', '/%ED%A0%80'],
    ],
    [
      'twice encoded tricks',
      ['/a%252fb', '/%252e%252e/a', '/a%255cb', '/a%2500', '/%2561dmin', '/%25%36%31', '/a%25E9'],
    ],
  ])('refuses %s as ambiguous', (_, paths) => {
    for (const path of paths) expect(readPath(path), path).toBe('ambiguous')
  })

  it.each([
    '',
    'a',
    'a/b',
    '*',
    '/a b',
    '/a\\b',
    '/a\tb',
    '/a\n',
    '/a#b',
    '/a?b',
    '/é',
    '/a%',
    '/a%2',
    '/a%zz',
    '/a"b',
    '/<a>',
    '/a|b',
    '/{a}',
    '/[a]',
    '/a^b',
    '/a`b',
  ])('refuses %j as malformed', (raw) => {
    expect(readPath(raw)).toBe('malformed')
  })
})

describe('isQuery', () => {
  it.each(['', '!"$~', 'a=b', 'a=%2F&b[]=1', 'a={"b":1}', 'a|b', "it's"])('takes %j', (raw) => {
    expect(isQuery(raw)).toBe(true)
  })

  it.each(['a b', 'a#b', 'a\r\nb', 'é', '\x7f', '\x00'])('refuses %j', (raw) => {
    expect(isQuery(raw)).toBe(false)
  })
})

describe('sameTarget (RFC 9449 §4.3(9), RFC 3986 §6.2.2, §6.2.3)', () => {
  const target = 'https://api.bank.example/accounts/7'

  it.each([
    target,
    'HTTPS://API.Bank.Example:443/accounts/7',
    'https://api.bank.example/accounts/%37',
    'https://api.bank.example/x/../accounts/./7',
    'https://api.bank.example/accounts/./7',
    'https://api.bank.example/../accounts/7',
    `${target}?from=2026-01-01`,
    `${target}#top`,
    `${target}?a#b`,
  ])('%s names it', (htu) => {
    expect(sameTarget(htu, target)).toBe(true)
  })

  it.each([
    'https://api.bank.example/accounts/7/',
    'https://api.bank.example/accounts/8',
    'https://api.bank.example/Accounts/7',
    'https://api.bank.example/accounts%2F7',
    'https://api.bank.example//accounts/7',
    'http://api.bank.example/accounts/7',
    'https://api.bank.example:8443/accounts/7',
    'https://api.bank.example./accounts/7',
    'https://other.example/accounts/7',
    'https://user@api.bank.example/accounts/7',
    'https://api.bank.example\\accounts\\7',
    'https:/api.bank.example/accounts/7',
    ' https://api.bank.example/accounts/7',
    'https://api.bank.example /accounts/7',
    'https://api.bank.example/accounts/7 ',
    'https://api.bank.example/acc\tounts/7',
    'https://api.bank.example/a b/../accounts/7',
    'https://api.bank.example/accounts/7/.',
    'https://api.bank.example/accounts/7/x/..',
    '/accounts/7',
    '//api.bank.example/accounts/7',
    '',
  ])('%j does not', (htu) => {
    expect(sameTarget(htu, target)).toBe(false)
  })

  it.each(['', '?a=1', '#top', '/.', '/a/..'])('takes an empty path for the root: %j', (rest) => {
    expect(sameTarget(`https://api.bank.example${rest}`, 'https://api.bank.example/')).toBe(true)
  })

  it.each([
    ['/a/b/.', '/a/b/'],
    ['/a/b/..', '/a/'],
    ['/a/b/c/./../../g', '/a/g'],
  ])('takes the dot segments out of %s (RFC 3986 §5.2.4)', (path, normal) => {
    expect(normalTarget(`https://h${path}`)).toBe(`https://h${normal}`)
  })

  it('what is no target names none, not even another that is none', () => {
    expect(sameTarget('/a', '/b')).toBe(false)
  })
})

describe('the htu cases of node-oauth2-jwt-bearer', () => {
  interface Case {
    readonly name: string
    readonly side: 'proof' | 'request'
    readonly input: string
    readonly expected: string | null
  }

  /** Userinfo names no resource and is refused; Auth0 strips it. */
  const STRICTER = [
    'https://user:pass@api.example.com/resource?foo=bar',
    'HTTPS://USER:PASS@API.EXAMPLE.COM:443/path/../RESOURCE/./file.txt?query=value#fragment',
    'https://user:pass@api.example.com/secure?x=1#frag',
  ]
  /** Not for the comparison to refuse: a request with such a path is refused when it is scanned, or is plain. */
  const ELSEWHERE: { readonly [input: string]: ReturnType<typeof readPath> } = {
    'https://api.example.com//evil.example.com/steal': 'ambiguous',
    'https://api.example.com/https://evil.example.com/steal': 'ambiguous',
    'https://https://resource.com/intendedPath?/targetPath': 'ambiguous',
  }

  const { cases } = vectors<{ readonly cases: readonly Case[] }>('htu-normalisation/htu-normalisation.json')

  it.each(cases.map((each) => [each.name, each.input, each] as const))('%s: %s', (_, input, each) => {
    if (STRICTER.includes(input)) expect(normalTarget(input)).toBeUndefined()
    else if (each.expected !== null) expect(normalTarget(input)).toBe(each.expected)
    else if (each.side === 'request' && input in ELSEWHERE) {
      const path = input.replace(/^https:\/\/[^/]*/, '').replace(/\?.*/, '')
      expect(readPath(path)).toBe(ELSEWHERE[input])
    } else expect(normalTarget(input)).toBeUndefined()
  })
})

describe('what differs between htu and the target', () => {
  it.each([
    ['http://api.bank.example:443/accounts', ['scheme']],
    ['https://api.bank.test/accounts', ['host']],
    ['https://api.bank.example:8443/accounts', ['port']],
    ['https://api.bank.example/accounts/', ['path']],
    ['https://api.bank.example/Accounts', ['path']],
    ['http://[::1]:8080/x', ['scheme', 'host', 'port', 'path']],
    ['HTTPS://API.BANK.EXAMPLE:443/accounts?q#f', []],
    ['http://api.bank.example/accounts', ['scheme', 'port']],
    ['https://api.bank.example', ['path']],
    ['/accounts', ['not an absolute http(s) URI']],
  ])('%s: %j', (htu, parts) => {
    expect(differingParts(htu, 'https://api.bank.example/accounts')).toEqual(parts)
    expect(differingParts('https://api.bank.example/accounts', htu)).toEqual(parts)
  })
})

describe('the form that routes are matched on', () => {
  it.each([
    ['/v1/payments%3Acancel', '/v1/payments:cancel'],
    ['/v1/%61lice%40x%2Cy%2b', '/v1/alice@x,y+'],
    ['/%21%24%26%27%28%29%2B%2C%3A%3D%40', "/!$&'()+,:=@"],
    ['/v1/%2A%22%25%20', '/v1/%2A%22%25%20'],
  ])('of %s is %s', (raw, normal) => {
    expect(readPath(raw)).toEqual({ normal, hasParameters: false })
  })

  it.each(['/a/%25%32%65%25%32%65/b', '/a/..%25%32%66b', '/a/%25%35%63b'])('%s is ambiguous', (raw) => {
    expect(readPath(raw)).toBe('ambiguous')
  })
})

it.each([
  ['/x?token=s#s', '/x'],
  ['/x#access_token=s', '/x'],
  ['https://u:s@h/x@y', 'https://***@h/x@y'],
  ['u:s@h', '***@h'],
  ['https://u:s@s@h/x', 'https://***@h/x'],
  ['HTTPS://u:s@h', 'HTTPS://***@h'],
  ['a1+-.://u:s@h', 'a1+-.://***@h'],
  ['x://u@h', 'x://***@h'],
  ['@h', '***@h'],
  ['h?t=s', 'h'],
  ['api.bank.example:8443', 'api.bank.example:8443'],
  ['/users/a@b', '/users/a@b'],
])('%s is told as %s', (text, told) => {
  expect(withoutSecrets(text)).toBe(told)
})
