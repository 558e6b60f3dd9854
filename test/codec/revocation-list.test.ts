import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { subjectText } from '../../src/codec/distinguished-name.ts'
import { revocationListsIn } from '../../src/codec/revocation-list.ts'

describe('revocationListsIn', () => {
  let folder: string

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-crl-'))
    const make =
      'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=ca -days 3650 -keyout'
    openssl(...make.split(' '), 'ca.key', '-out', 'ca.pem')
    writeFileSync(join(folder, 'ca.cnf'), '[ca]\ndefault_ca=x\n[x]\ndatabase=index\ndefault_md=sha256\n')
  })

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it.each([
    ['this century', '260101000000Z', '260131120000Z', '2026-01-01T00:00:00Z', '2026-01-31T12:00:00Z'],
    ['the last', '990101000000Z', '491231235959Z', '1999-01-01T00:00:00Z', '2049-12-31T23:59:59Z'],
    ['after 2049', '260101000000Z', '20500101000000Z', '2026-01-01T00:00:00Z', '2050-01-01T00:00:00Z'],
  ])('reads the times of OpenSSL: %s', (_, last, next, thisUpdate, nextUpdate) => {
    const issuer = subjectText(new X509Certificate(readFileSync(join(folder, 'ca.pem'))).raw)
    const life = { thisUpdate: Date.parse(thisUpdate) / 1000, nextUpdate: Date.parse(nextUpdate) / 1000 }
    expect(revocationListsIn(list(0, last, next))).toEqual([{ issuer, ...life }])
  })

  it('reads each list of a file, and one of fifty thousand entries', () => {
    const lists = [list(1, '260101000000Z', '260102000000Z'), list(50_000, '260101000000Z', '260103000000Z')]
    const ends = revocationListsIn(lists.join('')).map(({ nextUpdate }) => nextUpdate)
    expect(ends).toEqual(['2026-01-02', '2026-01-03'].map((day) => Date.parse(day) / 1000))
  })

  it('has nothing of what is none, or cut off', () => {
    const whole = Buffer.from(
      list(1, '260101000000Z', '260102000000Z').replaceAll(/-----[^-]+-----/g, ''),
      'base64',
    )
    const pem = (der: Buffer) =>
      `-----BEGIN X509 CRL-----\n${der.toString('base64')}\n-----END X509 CRL-----\n`
    expect(revocationListsIn(pem(whole))).toHaveLength(1)
    for (let length = 0; length < 40; length++)
      expect(revocationListsIn(pem(whole.subarray(0, length)))).toEqual([])
    expect(revocationListsIn(pem(Buffer.alloc(100, 0xff)))).toEqual([])
    expect(revocationListsIn('')).toEqual([])
  })

  /** UTCTime and GeneralizedTime, by their tags. */
  it.each<[string, readonly [number, string][], readonly number[]]>([
    ['the first second of the last fifty years', [[0x17, '500101000000Z']], [Date.UTC(1950, 0), Infinity]],
    ['no next one', [[0x18, '20500101000000Z']], [Date.UTC(2050, 0), Infinity]],
    ['no time', [[0x04, '260101000000Z']], []],
    ['a first that is none', [[0x17, 'x260101000000Z']], []],
    ['more behind a time', [[0x17, '260101000000Z0']], []],
    [
      'a second that is none',
      [
        [0x17, '260101000000Z'],
        [0x17, '260101000000'],
      ],
      [],
    ],
    [
      'something behind the second',
      [
        [0x17, '260101000000Z'],
        [0x18, '20260101000000Z'],
        [0x17, 'x'],
      ],
      [Date.UTC(2026, 0), Date.UTC(2026, 0)],
    ],
    [
      'something behind the first',
      [
        [0x17, '260101000000Z'],
        [0x30, 'x'],
      ],
      [Date.UTC(2026, 0), Infinity],
    ],
  ])('of a list with %s', (_, times, expected) => {
    const element = (tag: number, content: Buffer) => Buffer.concat([Buffer.of(tag, content.length), content])
    const empty = element(0x30, Buffer.alloc(0))
    const fields = [empty, empty, ...times.map(([tag, text]) => element(tag, Buffer.from(text)))]
    const der = element(0x30, element(0x30, Buffer.concat(fields)))
    const lists = revocationListsIn(
      `-----BEGIN X509 CRL-----\n${der.toString('base64')}\n-----END X509 CRL-----`,
    )
    expect(lists.flatMap(({ thisUpdate, nextUpdate }) => [thisUpdate * 1000, nextUpdate * 1000])).toEqual(
      expected,
    )
  })

  it('a time without an issuer before it is no list', () => {
    const der = Buffer.from('3011 300f 170d'.replaceAll(' ', ''), 'hex')
    const whole = Buffer.concat([der, Buffer.from('260101000000Z')]).toString('base64')
    expect(revocationListsIn(`-----BEGIN X509 CRL-----\n${whole}\n-----END X509 CRL-----`)).toEqual([])
  })

  /** Of so many certificates. */
  function list(entries: number, last: string, next: string): string {
    const entry = (at: number) =>
      `R\t361127000000Z\t261127000000Z\t${(0x100000 + at).toString(16).toUpperCase()}\tunknown\t/CN=${at}\n`
    writeFileSync(join(folder, 'index'), Array.from({ length: entries }, (_, at) => entry(at)).join(''))
    const times = ['-crl_lastupdate', last, '-crl_nextupdate', next]
    return openssl('ca', '-config', 'ca.cnf', '-keyfile', 'ca.key', '-cert', 'ca.pem', '-gencrl', ...times)
  }

  function openssl(...args: string[]): string {
    return execFileSync('openssl', args, { cwd: folder, encoding: 'utf8', stdio: 'pipe', maxBuffer: 1e8 })
  }
})
