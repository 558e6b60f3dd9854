import { describe, expect, it } from 'vitest'
import { readProxyHeader } from '../../src/gateway/proxy-header.ts'
import { seeded } from '../support/seeded.ts'

const REST = 'what the client says'
const SIGNATURE = '0d0a0d0a000d0a515549540a'
/** 192.0.2.17 and 198.51.100.1, ports 56324 and 443. */
const IPV4 = 'c0000211c6336401dc0401bb'
/** 2001:db8::17 and ::1. */
const IPV6 = `20010db8${'0'.repeat(22)}17${'0'.repeat(31)}1dc0401bb`

function binary(command: string, family: string, said: string, length = said.length / 2): Buffer {
  return Buffer.from(`${SIGNATURE}${command}${family}${length.toString(16).padStart(4, '0')}${said}`, 'hex')
}

const line = (text: string) => Buffer.from(`${text}\r\n`, 'latin1')

/** haproxy.org, proxy-protocol.txt, §2.1 and §2.2. */
const READABLE: readonly (readonly [string, Buffer, string | null])[] = [
  ['a line of IPv4', line('PROXY TCP4 192.0.2.17 198.51.100.1 56324 443'), '192.0.2.17'],
  ['the widest of IPv4', line('PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535'), '255.255.255.255'],
  ['a line whose ports nobody knows', line('PROXY TCP4 192.0.2.17 198.51.100.1 0 0'), '192.0.2.17'],
  ['a line of IPv6', line('PROXY TCP6 2001:DB8:0::17 ::1 56324 443'), '2001:db8::17'],
  [
    'the widest of IPv6',
    line(`PROXY TCP6 ${Array(8).fill('ffff').join(':')} ${Array(8).fill('ffff').join(':')} 65535 65535`),
    Array(8).fill('ffff').join(':'),
  ],
  ['a line that does not know', line('PROXY UNKNOWN'), null],
  ['one that does not know, and says more', line('PROXY UNKNOWN ffff::1 ffff::2 65535 65535'), null],
  ['the longest line', line(`PROXY UNKNOWN ${'a'.repeat(91)}`), null],
  ['binary, IPv4', binary('21', '11', IPV4), '192.0.2.17'],
  ['binary, IPv4, with values after it', binary('21', '11', `${IPV4}030004a1b2c3d4`), '192.0.2.17'],
  ['the longest binary', binary('21', '11', IPV4.padEnd(2 * 4_080, '0')), '192.0.2.17'],
  ['binary, IPv6', binary('21', '21', IPV6), '2001:db8::17'],
  [
    'binary, IPv4 in IPv6',
    binary('21', '21', `${'0'.repeat(20)}ffffc0000211${IPV6.slice(32)}`),
    '::ffff:192.0.2.17',
  ],
  ['binary, for itself', binary('20', '00', ''), null],
  ['binary, for itself, with addresses', binary('20', '11', IPV4), null],
  ['binary, of no family', binary('21', '00', ''), null],
  ['binary, of a unix socket', binary('21', '31', '00'.repeat(216)), null],
]

const MALFORMED: readonly (readonly [string, Buffer])[] = [
  ['a line without addresses', line('PROXY TCP4')],
  ['of another family', line('PROXY UDP4 192.0.2.17 198.51.100.1 1 2')],
  ['of another family, IPv6', line('PROXY UDP6 2001:db8::17 ::1 1 2')],
  ['of no family', line('PROXY ')],
  ['in lower case', line('PROXY tcp4 192.0.2.17 198.51.100.1 1 2')],
  ['with two spaces', line('PROXY TCP4  192.0.2.17 198.51.100.1 1 2')],
  ['with more after it', line('PROXY TCP4 192.0.2.17 198.51.100.1 1 2 3')],
  ['with one port', line('PROXY TCP4 192.0.2.17 198.51.100.1 1')],
  ['with a port that is too large', line('PROXY TCP4 192.0.2.17 198.51.100.1 1 65536')],
  ['with a port that begins with nought', line('PROXY TCP4 192.0.2.17 198.51.100.1 01 2')],
  ['with no address', line('PROXY TCP4 evil 198.51.100.1 1 2')],
  ['for no address', line('PROXY TCP4 192.0.2.17 evil 1 2')],
  ['with a number that begins with nought', line('PROXY TCP4 192.0.2.017 198.51.100.1 1 2')],
  ['IPv6 as IPv4', line('PROXY TCP4 ::1 198.51.100.1 1 2')],
  ['IPv4 as IPv6', line('PROXY TCP6 192.0.2.17 ::1 1 2')],
  ['with a zone', line('PROXY TCP6 fe80::1%eth0 ::1 1 2')],
  ['a line that is too long', line(`PROXY UNKNOWN ${'a'.repeat(92)}`)],
  ['a line without an end', Buffer.from(`PROXY UNKNOWN ${'a'.repeat(93)}`)],
  ['a line that ends with LF alone', Buffer.from(`PROXY UNKNOWN\n${'a'.repeat(200)}`)],
  ['binary, of another version', binary('11', '11', IPV4)],
  ['binary, with another command', binary('22', '11', IPV4)],
  ['binary, of datagrams', binary('21', '12', IPV4)],
  ['binary, of datagrams over IPv6', binary('21', '22', IPV6)],
  ['binary, IPv4, cut short', binary('21', '11', IPV4.slice(2))],
  ['binary, IPv6, cut short', binary('21', '21', IPV6.slice(2))],
  ['binary, longer than any is', binary('21', '11', IPV4, 4_081)],
]

describe('the header of the PROXY protocol', () => {
  it.each(READABLE)('is read: %s', (_, octets, address) => {
    for (const rest of ['', REST])
      expect(readProxyHeader(Buffer.concat([octets, Buffer.from(rest)]))).toEqual({
        address,
        length: octets.length,
      })
  })

  it.each(READABLE)('is waited for, octet by octet: %s', (_, octets) => {
    for (let length = 0; length < octets.length; length++)
      expect(readProxyHeader(octets.subarray(0, length))).toBe('incomplete')
  })

  it.each(MALFORMED)('is malformed: %s', (_, octets) => {
    expect(readProxyHeader(octets)).toBe('malformed')
  })

  it.each([
    ['TLS', Buffer.from('160301', 'hex')],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n')],
    ['HTTP/2', Buffer.from('PRI * HTTP/2.0\r\n')],
    ['almost a line', Buffer.from('PROXZ')],
    ['almost binary', Buffer.from('0d0a0d0a000d0a515549540d', 'hex')],
  ])('is absent: %s', (_, octets) => {
    expect(readProxyHeader(octets)).toBe('absent')
  })

  it('is read, or not, whatever came: one damaged octet throws nothing and makes no text of its own', () => {
    const random = seeded(9)
    for (let round = 0; round < 20_000; round++) {
      const [, whole] = READABLE[random.below(READABLE.length)]!
      const octets = Buffer.from(whole)
      octets[random.below(octets.length)] = random.below(256)
      const read = readProxyHeader(octets)
      if (typeof read === 'object') expect(read.address ?? '').toMatch(/^[0-9a-f:.]*$/)
    }
  })
})
